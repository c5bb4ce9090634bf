import { cutList, formatCount } from '@kubefigurator/translator';

/** A list in an explanation is cut after so many items; `-o json` has all of them. */
const MOST_ITEMS = 10;
const LABEL_WIDTH = 17;

/** One line: a label and its text, indented by two spaces for each level. */
export function renderField(level: number, label: string, text: string): string {
  return `${'  '.repeat(level)}${`${label}:`.padEnd(LABEL_WIDTH - 2 * level)} ${text}`;
}

/** The lines of a list: the first beside the label, the others below it. */
export function renderFieldList(level: number, label: string, texts: readonly string[]): string[] {
  const left = texts.length - MOST_ITEMS;
  const shown = [
    ...texts.slice(0, MOST_ITEMS),
    ...(left > 0 ? [`and ${formatCount(left)} more (-o json)`] : []),
  ];
  return shown.map((text, index) =>
    index === 0 ? renderField(level, label, text) : `${' '.repeat(LABEL_WIDTH + 1)}${text}`,
  );
}

/** A list on one line. */
export function renderInlineList(texts: readonly string[]): string {
  return cutList(texts, MOST_ITEMS);
}

/** `1 port`, `2 ports`. */
export function countedNoun(number: number, what: string): string {
  return `${formatCount(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** Control characters except the line feed, and characters that change the direction of writing. */
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Makes a text safe for a terminal: parts of it come from hosts and Services, and could hold escape sequences. */
export function terminalText(text: string): string {
  return text.replace(CONTROLS, '?');
}

/** The same for JSON, in which such characters are escaped. */
export function terminalJson(json: string): string {
  return json.replace(CONTROLS, escaped);
}

/** The same for a difference of texts, which shows them, but for tabs; no text of a producer has any. */
export function terminalDiff(diff: string): string {
  return diff.replace(CONTROLS, (one) => (one === '\t' ? one : escaped(one)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
