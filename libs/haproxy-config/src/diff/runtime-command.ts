/** A command for the runtime API, and the answer that says that it took effect. */
export interface RuntimeCommand {
  readonly text: string;
  /** HAProxy has no result code: every answer that doesn't match is a failure. */
  readonly expects: RegExp;
}

/** The answer to a command that HAProxy doesn't confirm: it prints an error or nothing. */
export const SILENCE = /^$/;

/** Throws if the text has another than a plain character: only plain words are planned, so that would be a bug. */
export function runtimeCommand(text: string, expects: RegExp): RuntimeCommand {
  if (!/^[A-Za-z0-9_.:@/,=()+[\] -]+$/.test(text))
    throw new Error(`not a plain command: ${JSON.stringify(text)}`);
  return { text, expects };
}

/** How to see whether changes have arrived in HAProxy. */
export interface Verification {
  /** Commands that only read. */
  readonly questions: readonly string[];
  /** The first change that the answers, one for each question, don't show; undefined if all changes have arrived. */
  readonly missing: (answers: readonly string[]) => string | undefined;
}
