import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePath } from '../sandbox/programs.ts';
import type { CommandResult } from '../sandbox/processes.ts';
import { runCommand } from '../sandbox/processes.ts';

/**
 * Files and variables that tell a client where the API server is and who we are, to be tried with kubectl and the
 * producer.
 */
export interface KubeconfigCase {
  /**
   * The content of each file by its name: a text as it is, an object as JSON. A text that begins with `#!` is made
   * executable.
   */
  readonly files: Readonly<Record<string, unknown>>;
  /** The value of `$KUBECONFIG`, with paths relative to the folder of the files; by default `config`. */
  readonly list?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called when a client has ended, with the folder that holds its own copy of the files. */
  readonly onEnd?: (client: Client, folder: string) => void;
}

export type Client = 'kubectl' | 'producer';

export interface Tried {
  readonly kubectl: CommandResult;
  readonly producer: CommandResult;
}

/** Unsets the proxies of the machine that runs the tests: programs take an empty variable as none. */
const NO_PROXIES = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    [name, ''],
    [name.toLowerCase(), ''],
  ]),
);

/**
 * Lists the nodes with kubectl and runs `view` of the producer, each with its own copy of the files below the folder.
 */
export async function tryWithBoth(folder: string, given: KubeconfigCase): Promise<Tried> {
  const program = process.env['KUBEFIGURATOR_KUBECTL'];
  if (program === undefined)
    throw new Error(process.env['KUBEFIGURATOR_KUBECTL_PROBLEM'] ?? 'run this through "npm test -- <file>"');
  const run = async (client: Client, command: readonly string[]): Promise<CommandResult> => {
    const own = join(folder, client);
    writeFiles(own, given.files);
    const list = (given.list ?? 'config').split(':').map((file) => (file === '' ? '' : join(own, file)));
    const env = { ...NO_PROXIES, HOME: own, KUBECONFIG: list.join(':'), ...given.env };
    const result = await runCommand(command, { env, cwd: join(own, 'elsewhere') });
    given.onEnd?.(client, own);
    return result;
  };
  return {
    producer: await run('producer', [process.execPath, bundlePath('producer'), 'view']),
    kubectl: await run('kubectl', [program, 'get', 'nodes', '--output=name', '--request-timeout=10s']),
  };
}

/**
 * Writes the files, and makes an empty working folder: paths in a kubeconfig count from its own folder, and must not
 * be found here.
 */
function writeFiles(folder: string, files: KubeconfigCase['files']): void {
  mkdirSync(join(folder, 'elsewhere'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    if (text.startsWith('#!')) chmodSync(path, 0o700);
  }
}
