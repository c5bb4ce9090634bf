import type { LogLevel } from '../logger.ts';

/** One row of the table of log events. */
export interface EventRow {
  /** Which program logs it. */
  readonly program: 'producer' | 'consumer' | 'both';
  readonly levels: readonly [LogLevel, ...LogLevel[]];
  /** One sentence. */
  readonly meaning: string;
  /** Every field that a line of this event may have besides `level`, `time` and `msg`, with its meaning. */
  readonly fields: Readonly<Record<string, string>>;
  /** The events that report that the reason for this one is gone. */
  readonly endedBy?: readonly [string, ...string[]];
}

export type EventTable = Readonly<Record<string, EventRow>>;
