/** An expected failure of the surroundings: told in one line, without a stack, with what to do next. */
export class OperatorError extends Error {
  /** What the operator can do about it. */
  readonly hint: string | undefined;
  /** A stable word for metrics and logs, such as `unreachable`. */
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

/** The program was used wrongly: names the flag, the value and what would be right. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}

/** One line for a person: the message and, where there is one, the hint. */
export function describeFailure(thrown: unknown): string {
  const hint = thrown instanceof OperatorError ? thrown.hint : undefined;
  return hint === undefined ? messageOf(thrown) : `${messageOf(thrown)}; ${hint}`;
}
