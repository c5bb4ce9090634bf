import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePath } from '../sandbox/programs.ts';
import type { CommandResult } from '../sandbox/processes.ts';
import { runCommand } from '../sandbox/processes.ts';

/** One way to tell a client where the API server is and who we are, to be tried with kubectl and with the producer. */
export interface KubeconfigCase {
  /** By name; a text is written as it is, an object as JSON. Programs begin with `#!`. */
  readonly files: Readonly<Record<string, unknown>>;
  /** The value of `$KUBECONFIG`, with paths from the folder of the case; by default `config`. */
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

/** Hides the proxies of the machine that runs the tests. */
const NEUTRAL = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    [name, ''],
    [name.toLowerCase(), ''],
  ]),
);

/** Lists the nodes with kubectl and compiles with the producer, each with its own copy of the files. */
export async function tryWithBoth(folder: string, one: KubeconfigCase): Promise<Tried> {
  const program = process.env['KUBEFIGURATOR_KUBECTL'];
  if (program === undefined)
    throw new Error(process.env['KUBEFIGURATOR_KUBECTL_PROBLEM'] ?? 'run this through "npm test -- <file>"');
  const run = async (client: Client, command: readonly string[]): Promise<CommandResult> => {
    const own = join(folder, client);
    writeFiles(own, one.files);
    const list = (one.list ?? 'config').split(':').map((file) => (file === '' ? '' : join(own, file)));
    const env = { ...NEUTRAL, HOME: own, KUBECONFIG: list.join(':'), ...one.env };
    const result = await runCommand(command, { env, cwd: join(own, 'elsewhere') });
    one.onEnd?.(client, own);
    return result;
  };
  return {
    producer: await run('producer', [process.execPath, bundlePath('producer'), 'view']),
    kubectl: await run('kubectl', [program, 'get', 'nodes', '--output=name', '--request-timeout=10s']),
  };
}

/** Writes the files, and an empty folder to run in, in which a path from the working folder finds nothing. */
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
