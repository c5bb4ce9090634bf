import { changedLinesOf } from '../parse/changed-lines.ts';
import { countLineFeeds } from '../parse/config-text.ts';
import { type Measured, measureChange, measureText, type TextSize } from './oversize.ts';

/** A text that may be parsed. */
export interface ReadableText {
  readonly kind: 'readable';
  /** Ends in a newline. */
  readonly text: string;
  readonly size: TextSize;
}

export type Readability = ReadableText | { readonly kind: 'unreadable'; readonly trouble: string };

/**
 * Control characters except tab and line feed; a carriage return in the middle of a line, at which HAProxy stops reading
 * the line; and the byte order mark.
 */
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]|\r(?!\n|$)/;

/** Looks at a text before it is parsed. Only the lines are looked at in which it differs from `known`, a readable text. */
export function checkReadability(
  published: string,
  maxLength: number,
  known: ReadableText | undefined,
): Readability {
  if (published.length > maxLength)
    return unreadable(`the text has ${published.length} characters; at most ${maxLength} are allowed`);
  const text = published.endsWith('\n') ? published : `${published}\n`;
  const { lines, start, measured } = known === undefined ? wholeOf(text) : changeOf(text, known);
  const character = FORBIDDEN_CHARACTER.exec(lines);
  if (character !== null) return unreadable(describeCharacter(text, start + character.index));
  const result = measured();
  return result.kind === 'oversize'
    ? unreadable(result.trouble)
    : { kind: 'readable', text, size: result.size };
}

/** The lines of a text that have to be looked at, where they start, and the size of the whole text. */
interface Look {
  readonly lines: string;
  readonly start: number;
  readonly measured: () => Measured;
}

function wholeOf(text: string): Look {
  return { lines: text, start: 0, measured: () => measureText(text) };
}

function changeOf(text: string, known: ReadableText): Look {
  const changed = changedLinesOf(text, known.text);
  const { start, end } = changed;
  return { lines: text.slice(start, end), start, measured: () => measureChange(text, known, changed) };
}

function unreadable(trouble: string): Readability {
  return { kind: 'unreadable', trouble };
}

function describeCharacter(text: string, index: number): string {
  const code = text.charCodeAt(index).toString(16).padStart(4, '0').toUpperCase();
  const line = countLineFeeds(text.slice(0, index)) + 1;
  return `line ${line}: the character U+${code} is not allowed in a config`;
}
