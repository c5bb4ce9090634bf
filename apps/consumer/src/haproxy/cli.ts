import { connect } from 'node:net';
import type { ShownProcesses } from '@kubefigurator/rollout';

const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Sends one command to a HAProxy socket and returns the whole answer; rejects if nothing comes for `timeoutMs`. No
 * error message quotes more than the command's first line: a private key may follow it.
 */
export function askHaproxy(
  socketFile: string,
  command: string,
  timeoutMs = ANSWER_TIMEOUT_MS,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // HAProxy 2.6 ends its answer only after the client has half-closed the connection. With allowHalfOpen Node goes
    // on reading after that.
    const socket = connect({ path: socketFile, allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const [firstLine] = command.split('\n', 1);
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new Error(`${socketFile}: no answer to "${firstLine}" in ${timeoutMs} ms`)),
    );
    socket.on('connect', () => socket.end(`${command}\n`));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}

/** Asks the master which processes it has. */
export async function showHaproxyProcesses(masterSocket: string): Promise<ShownProcesses> {
  const answer = await askHaproxy(masterSocket, 'show proc');
  const shown = parseHaproxyProcesses(answer);
  if (shown === undefined)
    throw new Error(`${masterSocket}: not an answer of a HAProxy master: ${answer.slice(0, 200)}`);
  return shown;
}

/** Reads the answer to `show proc`; undefined for anything else. */
export function parseHaproxyProcesses(answer: string): ShownProcesses | undefined {
  let heading = '';
  let master: ShownProcesses['master'] | undefined;
  const workers: number[] = [];
  const oldWorkers: number[] = [];
  for (const line of answer.split('\n')) {
    if (line.startsWith('#')) heading = line;
    // A row is `<pid> <type> <reloads> [failed: <number>] <uptime> <version>`; the number is there after a failed
    // reload.
    const row = /^(\d+)\s+(\S+)\s+(\d+)\s+(?:\[failed: (\d+)\]\s+)?\S+\s+(\S+)/.exec(line);
    if (row === null) continue;
    const [, pid, type, reloads, failed = '0', version = ''] = row;
    if (type === 'master')
      master = { pid: Number(pid), reloads: Number(reloads), failed: Number(failed), version };
    else if (type === 'worker') (/old/.test(heading) ? oldWorkers : workers).push(Number(pid));
  }
  return master === undefined ? undefined : { master, workers, oldWorkers };
}
