import { countTemplate } from './numbers.ts';
import { MOST_BINDS, MOST_LINES, MOST_SERVERS } from './sizes.ts';

// One pass over a text before it is parsed, to refuse what would cost an agent too much memory or time: 60 KB of gzip
// can unpack to 24 MB of any content. A text of 5,000 Services on 50 nodes has 285,000 lines and 2 million words.

/** HAProxy takes 64 words on a line; a quoted word may have blanks and commas. */
const MOST_PIECES_OF_A_LINE = 1_000;
export const MOST_PIECES = 3_000_000;
const LONGEST_LINE = 65_536;
/** Lines with quotes or escapes are read character by character. */
const MOST_QUOTED = 3_000_000;

/** The lines, and the words of a text as far as they can be told without resolving quotes. */
interface Totals {
  lines: number;
  pieces: number;
  /** Characters on lines with a quote or an escape. */
  quoted: number;
}

/** What is too large in a text that isn't read yet; undefined if nothing is. */
export function findOversize(text: string): string | undefined {
  const totals: Totals = { lines: 0, pieces: 0, quoted: 0 };
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const next = (end < 0 ? text.length : end) + 1;
    const trouble = addLine(totals, text, start, next);
    if (trouble !== undefined) return trouble;
    start = next;
  }
  return findCrowd(text);
}

function addLine(totals: Totals, text: string, start: number, next: number): string | undefined {
  totals.lines += 1;
  if (totals.lines > MOST_LINES) return `the text has more than ${MOST_LINES} lines`;
  if (next - start > LONGEST_LINE)
    return `line ${totals.lines}: it has ${LONGEST_LINE} characters or more, which is too long`;
  const { pieces, isQuoted } = countPieces(text, start, next);
  totals.pieces += pieces;
  if (isQuoted) totals.quoted += next - start;
  if (pieces > MOST_PIECES_OF_A_LINE)
    return `line ${totals.lines}: it has more than ${MOST_PIECES_OF_A_LINE} words or parts of lists`;
  if (totals.pieces > MOST_PIECES) return `the text has more than ${MOST_PIECES} words or parts of lists`;
  return totals.quoted > MOST_QUOTED
    ? `the text has more than ${MOST_QUOTED} characters on lines with quotes or escapes`
    : undefined;
}

const [BLANK, TAB, COMMA, QUOTE, APOSTROPHE, BACKSLASH] = [32, 9, 44, 34, 39, 92];

/** The pieces of a line between blanks and commas, and whether it has quotes or escapes. */
export function countPieces(
  text: string,
  start: number,
  end: number,
): { readonly pieces: number; readonly isQuoted: boolean } {
  let pieces = 1;
  let isQuoted = false;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === BLANK || code === TAB || code === COMMA) pieces += 1;
    else if (code === QUOTE || code === APOSTROPHE || code === BACKSLASH) isQuoted = true;
  }
  return { pieces, isQuoted };
}

/** Lines that make servers or sockets, as they are written by everybody; the exact count comes when they are read. */
const CROWDED = /^[ \t]*(?:(server|bind)[ \t]|server-template[ \t]+[^ \t]+[ \t]+([^ \t\n]*))/gm;

function findCrowd(text: string): string | undefined {
  let servers = 0;
  let binds = 0;
  for (const [, directive, range] of text.matchAll(CROWDED)) {
    if (directive === 'bind') binds += 1;
    else servers += range === undefined ? 1 : Math.max(0, countTemplate(range));
  }
  if (servers > MOST_SERVERS) return `the text has more than ${MOST_SERVERS} servers`;
  return binds > MOST_BINDS ? `more than ${MOST_BINDS} addresses to listen on` : undefined;
}
