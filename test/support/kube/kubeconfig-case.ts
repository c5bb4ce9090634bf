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
}

export interface Tried {
  readonly kubectl: CommandResult;
  readonly producer: CommandResult;
}

/** Nothing of the machine that runs the tests counts. */
const NEUTRAL = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
    [name, ''],
    [name.toLowerCase(), ''],
  ]),
);

/** Lists the nodes with kubectl and compiles with the producer, with the same files and the same environment. */
export async function tryWithBoth(folder: string, one: KubeconfigCase): Promise<Tried> {
  const program = process.env['KUBEFIGURATOR_KUBECTL'];
  if (program === undefined)
    throw new Error(process.env['KUBEFIGURATOR_KUBECTL_PROBLEM'] ?? 'run this through "npm test -- <file>"');
  for (const [name, content] of Object.entries(one.files)) {
    const path = join(folder, name);
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    if (text.startsWith('#!')) chmodSync(path, 0o700);
  }
  mkdirSync(join(folder, 'elsewhere'), { recursive: true });
  const list = (one.list ?? 'config')
    .split(':')
    .map((file) => (file === '' ? '' : join(folder, file)))
    .join(':');
  const env = { ...NEUTRAL, HOME: folder, KUBECONFIG: list, ...one.env };
  const options = { env, cwd: join(folder, 'elsewhere') };
  // One after the other: both may refresh the tokens of the same kubeconfig.
  return {
    producer: await runCommand([process.execPath, bundlePath('producer'), 'view'], options),
    kubectl: await runCommand([program, 'get', 'nodes', '--output=name', '--request-timeout=10s'], options),
  };
}
