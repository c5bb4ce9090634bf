import type { RuntimeCommand, ServerChange, ShownServer } from '@kubefigurator/haproxy-config';
import { deleteCommand, missingOf, parseServersState, runtimeCommands } from '@kubefigurator/haproxy-config';
import { askHaproxy } from './cli.ts';
import type { ProcessId } from '../host/processes.ts';
import { workerByRuntimeSocket } from './observe.ts';

/** What became of changes made at run time. */
export type RuntimeResult =
  /** Every change was seen; `lingering` servers take no requests any more, but still have connections. */
  | { readonly kind: 'changed'; readonly lingering: readonly Removal[] }
  /** Something was not as expected: only a reload makes the state certain again. */
  | { readonly kind: 'unexpected'; readonly reason: string };

export type Removal = Extract<ServerChange, { kind: 'remove' }>;

/** HAProxy takes a line of 16 kB (tune.bufsize) with some room of its own. */
const LONGEST_LINE = 12_000;
/** Beyond this, one listing of everything is cheaper than one for each backend. */
const MOST_LISTINGS = 20;

/** Makes the changes in the running worker, checks each answer and reads the result back. */
export async function changeAtRuntime(
  socketFile: string,
  changes: readonly ServerChange[],
  worker: ProcessId,
): Promise<RuntimeResult> {
  try {
    const pid = await workerByRuntimeSocket(socketFile);
    if (pid !== worker.pid)
      return unexpected(`${socketFile} belongs to process ${pid ?? 'none'}, not to worker ${worker.pid}`);
    const refused = await send(socketFile, changes.flatMap(runtimeCommands));
    if (refused !== undefined) return unexpected(refused);
    const shown = await showServers(socketFile, changes);
    for (const change of changes) {
      const missing = missingOf(change, shown);
      if (missing !== undefined) return unexpected(missing);
    }
    const removals = changes.filter((change) => change.kind === 'remove');
    return { kind: 'changed', lingering: await deleteServers(socketFile, removals) };
  } catch (error) {
    return unexpected(error instanceof Error ? error.message : String(error));
  }
}

/** True where the worker is as it would be after the changes, by whomever. */
export async function haveArrived(
  socketFile: string,
  changes: readonly ServerChange[],
  worker: ProcessId,
): Promise<boolean> {
  try {
    if ((await workerByRuntimeSocket(socketFile)) !== worker.pid) return false;
    const shown = await showServers(socketFile, changes);
    return changes.every((change) => missingOf(change, shown) === undefined);
  } catch {
    return false;
  }
}

/** Deletes servers that nobody uses any more; gives those that still have connections. */
export async function deleteServers(socketFile: string, removals: readonly Removal[]): Promise<Removal[]> {
  const lingering: Removal[] = [];
  for (const line of linesOf(removals.map((removal) => ({ ...deleteCommand(removal), removal })))) {
    // These answers are one line each, without an empty line between them.
    const answers = (await askHaproxy(socketFile, textOf(line)))
      .split('\n')
      .filter((answer) => answer !== '');
    line.forEach(({ expects, removal }, index) => {
      const answer = answers[index] ?? '';
      // A server that is not there any more was deleted by hand, or went with its worker.
      if (!expects.test(answer) && !/^No such (server|backend)/.test(answer)) lingering.push(removal);
    });
  }
  return lingering;
}

function unexpected(reason: string): RuntimeResult {
  return { kind: 'unexpected', reason };
}

/** Sends commands, many on a line; the first answer that is not the expected one comes back with its command. */
async function send(socketFile: string, commands: readonly RuntimeCommand[]): Promise<string | undefined> {
  for (const line of linesOf(commands)) {
    const answers = splitAnswers(await askHaproxy(socketFile, textOf(line)));
    if (answers.length !== line.length) return `${line.length} commands got ${answers.length} answers`;
    for (const [index, command] of line.entries()) {
      const answer = answers[index];
      if (answer === undefined || !command.expects.test(answer))
        return `"${command.text}": ${answer ?? 'no answer'}`;
    }
  }
  return undefined;
}

function textOf(line: readonly RuntimeCommand[]): string {
  return line.map((command) => command.text).join('; ');
}

function linesOf<Command extends RuntimeCommand>(commands: readonly Command[]): Command[][] {
  const lines: Command[][] = [];
  let length = LONGEST_LINE;
  for (const command of commands) {
    length += command.text.length + 2;
    if (length > LONGEST_LINE) {
      lines.push([]);
      length = command.text.length;
    }
    lines.at(-1)?.push(command);
  }
  return lines;
}

/** Each answer ends in an empty line; a command with nothing to say gives the empty line alone. */
export function splitAnswers(text: string): string[] {
  const answers: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line !== '') {
      lines.push(line);
    } else {
      answers.push(lines.join('\n').trim());
      lines = [];
    }
  }
  return lines.length > 0 ? [...answers, lines.join('\n').trim()] : answers;
}

async function showServers(
  socketFile: string,
  changes: readonly ServerChange[],
): Promise<Map<string, ShownServer>> {
  const backends = [...new Set(changes.map((change) => change.backend))];
  const commands =
    backends.length > MOST_LISTINGS
      ? ['show servers state']
      : backends.map((name) => `show servers state ${name}`);
  const shown = new Map<string, ShownServer>();
  for (const command of commands) {
    const answer = await askHaproxy(socketFile, command);
    const servers = parseServersState(answer);
    if (servers === undefined) throw new Error(`"${command}": ${answer.trim().slice(0, 200)}`);
    for (const server of servers) shown.set(`${server.backend}/${server.name}`, server);
  }
  return shown;
}
