import type { ProcessId } from '@kubefigurator/rollout';
import type { RuntimeChange, RuntimeCommand, ServerRemoval } from '@kubefigurator/haproxy-config';
import { runtimeCommandsOf, deleteServerCommand, verificationOf } from '@kubefigurator/haproxy-config';
import { askHaproxy } from './cli.ts';
import { workerByRuntimeSocket } from './observe.ts';

/** The result of changes made at run time. */
export type RuntimeResult =
  /** Every change was seen in HAProxy; `lingering` servers take no new requests, but still have connections. */
  | { readonly kind: 'changed'; readonly lingering: readonly ServerRemoval[] }
  /** An answer wasn't the expected one, or the worker couldn't be asked: what it runs is unknown until a reload. */
  | { readonly kind: 'unexpected'; readonly reason: string };

/** HAProxy takes a line of up to 16 kB (tune.bufsize), less some room that it needs itself. */
const LONGEST_LINE = 12_000;
const SEPARATOR = '; ';
/** The most characters that a message quotes of a line or an answer. */
const LONGEST_QUOTE = 200;

/** Makes the changes in the running worker, checks each answer and reads the result back. */
export async function changeAtRuntime(
  socketFile: string,
  changes: readonly RuntimeChange[],
  worker: ProcessId,
): Promise<RuntimeResult> {
  try {
    const pid = await workerByRuntimeSocket(socketFile);
    if (pid !== worker.pid)
      return unexpected(`${socketFile} belongs to process ${pid ?? 'none'}, not to worker ${worker.pid}`);
    const refused = await sendRuntimeCommands(socketFile, changes.flatMap(runtimeCommandsOf));
    if (refused !== undefined) return unexpected(refused);
    const missing = await findMissing(socketFile, changes);
    if (missing !== undefined) return unexpected(missing);
    const removals = changes.filter((change) => change.action === 'remove');
    return { kind: 'changed', lingering: await deleteServers(socketFile, removals) };
  } catch (error) {
    return unexpected(error instanceof Error ? error.message : String(error));
  }
}

/** True if the worker is as it would be after the changes, whoever made them; false also if it can't be asked. */
export async function haveTakenEffect(
  socketFile: string,
  changes: readonly RuntimeChange[],
  worker: ProcessId,
): Promise<boolean> {
  try {
    if ((await workerByRuntimeSocket(socketFile)) !== worker.pid) return false;
    return (await findMissing(socketFile, changes)) === undefined;
  } catch {
    return false;
  }
}

/**
 * Deletes servers that are in maintenance; returns those that HAProxy didn't delete since they still have
 * connections.
 */
export async function deleteServers(
  socketFile: string,
  removals: readonly ServerRemoval[],
): Promise<ServerRemoval[]> {
  const lingering: ServerRemoval[] = [];
  const deletions = removals.map((removal) => ({ ...deleteServerCommand(removal), removal }));
  for (const line of groupIntoLines(deletions)) {
    const answers = splitDeletionAnswers(await askHaproxy(socketFile, joinCommands(line)));
    line.forEach(({ expects, removal }, index) => {
      const answer = answers[index] ?? '';
      // If the server doesn't exist any more, an operator deleted it, or its worker has ended.
      if (!expects.test(answer) && !/^No such (server|backend)/.test(answer)) lingering.push(removal);
    });
  }
  return lingering;
}

function unexpected(reason: string): RuntimeResult {
  return { kind: 'unexpected', reason };
}

/**
 * Sends commands, many on a line; returns the first unexpected answer with its command, undefined if there is none.
 */
export async function sendRuntimeCommands(
  socketFile: string,
  commands: readonly RuntimeCommand[],
): Promise<string | undefined> {
  for (const line of groupIntoLines(commands)) {
    const wholeAnswer = await askHaproxy(socketFile, joinCommands(line));
    const answers = splitRuntimeAnswers(wholeAnswer);
    if (answers.length !== line.length)
      return `"${cut(joinCommands(line))}": ${answers.length} answers to ${line.length} commands: ${cut(wholeAnswer.trim()) || 'nothing'}`;
    for (const [index, command] of line.entries()) {
      const answer = answers[index];
      if (answer === undefined || !command.expects.test(answer))
        return `"${command.text}": ${answer ?? 'no answer'}`;
    }
  }
  return undefined;
}

function cut(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function joinCommands(line: readonly RuntimeCommand[]): string {
  return line.map((command) => command.text).join(SEPARATOR);
}

/** Puts as many commands on each line as HAProxy takes. */
function groupIntoLines<Command extends RuntimeCommand>(commands: readonly Command[]): Command[][] {
  const lines: Command[][] = [];
  // It begins as if a line were full, so that the first command begins one.
  let length = LONGEST_LINE;
  for (const command of commands) {
    length += SEPARATOR.length + command.text.length;
    if (length > LONGEST_LINE) {
      lines.push([]);
      length = command.text.length;
    }
    lines.at(-1)?.push(command);
  }
  return lines;
}

/** Each `del server` is answered with one line, without an empty line between the answers. */
function splitDeletionAnswers(text: string): string[] {
  return text.split('\n').filter((answer) => answer !== '');
}

/**
 * The answer to each command ends in an empty line, and is that line alone if there is nothing to say. Only `del
 * server` is answered otherwise.
 */
export function splitRuntimeAnswers(text: string): string[] {
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

/** The first change that HAProxy doesn't show; undefined if all have taken effect. */
async function findMissing(
  socketFile: string,
  changes: readonly RuntimeChange[],
): Promise<string | undefined> {
  const { questions, missing } = verificationOf(changes);
  const answers: string[] = [];
  for (const question of questions) answers.push(await askHaproxy(socketFile, question));
  return missing(answers);
}
