import { countLineFeeds } from '../parse/config-text.ts';
import type { ChangedLines } from '../parse/changed-lines.ts';
import { countTemplate } from './numbers.ts';
import { MOST_BINDS, MOST_LINES, MOST_SERVERS } from './sizes.ts';

// A text is measured before it is parsed, to refuse what would cost an agent too much memory or time: 60 KB of gzip
// can unpack to 24 MB of any content. A text of 5,000 Services on 50 nodes has 285,000 lines and 2 million words.
// Each size is a sum over lines, so that of a changed text only the changed lines are measured.

/** HAProxy takes 64 words on a line; a quoted word may have blanks and commas. */
const MOST_PIECES_OF_A_LINE = 1_000;
export const MOST_PIECES = 3_000_000;
/** In characters, with the line feed. */
const LONGEST_LINE = 65_536;
/** Characters on lines with quotes or escapes, which are read one by one. */
const MOST_QUOTED = 3_000_000;

/** What has a limit before a text is parsed, as far as it can be told without resolving quotes. */
export interface TextSize {
  readonly lines: number;
  /** Words and parts of lists. */
  readonly pieces: number;
  /** Characters on lines with a quote or an escape. */
  readonly quoted: number;
  /** Servers and addresses to listen on, as everybody writes them; the exact count comes when the lines are parsed. */
  readonly servers: number;
  readonly binds: number;
}

export type Measured =
  | { readonly kind: 'measured'; readonly size: TextSize }
  | { readonly kind: 'oversize'; readonly trouble: string };

type Totals = { -readonly [Key in keyof TextSize]: TextSize[Key] };

/** Measures a text line by line, up to the first limit that it exceeds. */
export function measureText(text: string): Measured {
  return measureLines(text, { lines: 0, pieces: 0, quoted: 0, servers: 0, binds: 0 }, () => 0);
}

/** Measures a text that differs from a measured one in these lines only. */
export function measureChange(
  text: string,
  measured: { readonly text: string; readonly size: TextSize },
  { start, end, endBefore }: ChangedLines,
): Measured {
  const gone = measureText(measured.text.slice(start, endBefore));
  // Its size isn't known then; this can't happen to a text that was within all limits.
  if (gone.kind === 'oversize') return measureText(text);
  const { size } = measured;
  const rest = {
    lines: size.lines - gone.size.lines,
    pieces: size.pieces - gone.size.pieces,
    quoted: size.quoted - gone.size.quoted,
    servers: size.servers - gone.size.servers,
    binds: size.binds - gone.size.binds,
  };
  return measureLines(text.slice(start, end), rest, () => countLineFeeds(text.slice(0, start)));
}

/** Adds the lines to the totals; `linesBefore` says how many lines of the whole text stand above. */
function measureLines(text: string, totals: Totals, linesBefore: () => number): Measured {
  let line = 0;
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start);
    const next = (end < 0 ? text.length : end) + 1;
    line += 1;
    const ofLine = addLine(totals, text, start, next);
    if (ofLine !== undefined) return { kind: 'oversize', trouble: `line ${line + linesBefore()}: ${ofLine}` };
    const trouble = troubleOfLines(totals);
    if (trouble !== undefined) return { kind: 'oversize', trouble };
    start = next;
  }
  const trouble = troubleOfServersAndBinds(totals);
  return trouble === undefined ? { kind: 'measured', size: totals } : { kind: 'oversize', trouble };
}

/** Adds one line; returns what is wrong with it. */
function addLine(totals: Totals, text: string, start: number, next: number): string | undefined {
  totals.lines += 1;
  if (next - start > LONGEST_LINE) return `it has ${LONGEST_LINE} characters or more, which is too long`;
  const { pieces, isQuoted } = countPieces(text, start, next);
  totals.pieces += pieces;
  if (isQuoted) totals.quoted += next - start;
  if (pieces > MOST_PIECES_OF_A_LINE)
    return `it has more than ${MOST_PIECES_OF_A_LINE} words or parts of lists`;
  addServersAndBinds(totals, text, start, next);
  return undefined;
}

function troubleOfLines({ lines, pieces, quoted }: TextSize): string | undefined {
  if (lines > MOST_LINES) return `the text has more than ${MOST_LINES} lines`;
  if (pieces > MOST_PIECES) return `the text has more than ${MOST_PIECES} words or parts of lists`;
  return quoted > MOST_QUOTED
    ? `the text has more than ${MOST_QUOTED} characters on lines with quotes or escapes`
    : undefined;
}

function troubleOfServersAndBinds({ servers, binds }: TextSize): string | undefined {
  if (servers > MOST_SERVERS) return `the text has more than ${MOST_SERVERS} servers`;
  return binds > MOST_BINDS ? `more than ${MOST_BINDS} addresses to listen on` : undefined;
}

/** Codes of characters, which are compared faster than strings. */
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

const TEMPLATE = /^server-template[ \t]+[^ \t]+[ \t]+([^ \t\n]*)/;

/** Adds a line that makes servers or sockets. */
function addServersAndBinds(totals: Totals, text: string, start: number, end: number): void {
  let at = start;
  while (isBlank(text.charCodeAt(at))) at += 1;
  if (text.startsWith('server', at)) {
    if (isBlank(text.charCodeAt(at + 6))) totals.servers += 1;
    else totals.servers += countTemplates(text.slice(at, end));
  } else if (text.startsWith('bind', at) && isBlank(text.charCodeAt(at + 4))) totals.binds += 1;
}

function countTemplates(line: string): number {
  const range = TEMPLATE.exec(line)?.[1];
  return range === undefined ? 0 : Math.max(0, countTemplate(range));
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB;
}
