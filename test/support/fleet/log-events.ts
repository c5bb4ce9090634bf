import type { RunningProcess } from '../sandbox/processes.ts';
import type { WaitOptions } from '../sandbox/wait.ts';
import { waitFor } from '../sandbox/wait.ts';

/** One line of a program's JSON log. */
export interface LogEvent {
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The events that a program has logged so far. */
export function logEvents(process: RunningProcess): LogEvent[] {
  return process
    .log()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogEvent);
}

/**
 * Waits for a matching event; the first `after` events of the log don't count. Fails if the program ends without one.
 */
export function waitForEvent(
  process: RunningProcess,
  matches: (event: LogEvent) => boolean,
  { after = 0, ...options }: WaitOptions & { readonly after?: number } = {},
): Promise<LogEvent> {
  return waitFor(
    `${process.name} logs the event`,
    () => {
      const found = logEvents(process).slice(after).find(matches);
      if (found === undefined && !process.running())
        throw new Error(`${process.name} ended:\n${process.tail()}`);
      return found === undefined ? { pending: process.tail(5) } : { done: found };
    },
    options,
  );
}
