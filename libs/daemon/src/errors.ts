import { withoutUserInfo } from './user-info.ts';

/** An expected failure outside of the program, such as a missing file: printed in one line, without a stack. */
export class OperatorError extends Error {
  /** What the operator can do about it, printed after the message. */
  readonly hint: string | undefined;
  /** A stable name for metrics and logs, such as `unreachable`. */
  readonly code: string | undefined;

  constructor(message: string, options: OperatorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OperatorError';
    this.hint = options.hint;
    this.code = options.code;
  }
}

export interface OperatorErrorOptions {
  readonly hint?: string | undefined;
  readonly code?: string | undefined;
  readonly cause?: unknown;
}

/** A wrong command line or environment; the message names the flag, the value and what would be right. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The message of any thrown value, on one line, without users and passwords in URLs. */
export function messageOfError(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return withoutUserInfo(text.replace(/\s*\n\s*/g, ' ').trim());
}

/** The message and, if there is one, the hint, on one line. */
export function describeFailure(thrown: unknown): string {
  const hint = thrown instanceof OperatorError ? thrown.hint : undefined;
  return hint === undefined ? messageOfError(thrown) : `${messageOfError(thrown)}; ${withoutUserInfo(hint)}`;
}
