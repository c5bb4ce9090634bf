import type { DiagnosticCode } from './diagnostics.ts';

/** What a parser makes of a text: a value, perhaps with a warning, or the reason why there is none. */
export type Parsed<T> = ParsedValue<T> | ParseFailure;

export interface ParsedValue<T> {
  readonly ok: true;
  readonly value: T;
  /** What to write instead, if the text was understood but isn't one of the usual spellings; the end of a sentence. */
  readonly warning?: string;
}

export interface ParseFailure {
  readonly ok: false;
  /** What the text must be, as the end of a sentence: `must be a port number from 1 to 65535`. */
  readonly reason: string;
  /** `invalid-value` when absent. */
  readonly code?: DiagnosticCode;
}

/** The value that a parser has read. */
export function acceptValue<T>(result: T): ParsedValue<T> {
  return { ok: true, value: result };
}

/** The reason why a parser has no value. */
export function refuseValue(reason: string): ParseFailure {
  return { ok: false, reason };
}
