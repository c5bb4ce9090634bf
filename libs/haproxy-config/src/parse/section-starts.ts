import { splitWords } from './words.ts';

/** The words that begin a section in HAProxy 2.6 to 3.2; anything else belongs to the section it stands in. */
export const SECTION_KEYWORDS: ReadonlySet<string> = new Set([
  'acme',
  'backend',
  'cache',
  'crt-store',
  'defaults',
  'dynamic-update',
  'fcgi-app',
  'frontend',
  'global',
  'http-errors',
  'listen',
  'log-forward',
  'log-profile',
  'mailers',
  'peers',
  'program',
  'resolvers',
  'ring',
  'traces',
  'userlist',
]);

const KEYWORDS = [...SECTION_KEYWORDS].join('|');
const PLAIN_HEAD = new RegExp(`^[ \\t\\r]*(?:${KEYWORDS})(?=[ \\t\\r#]|$)`);
/** A line below the first one that may be a head. */
const LATER_HEAD = new RegExp(`\\n[ \\t\\r]*(?:${KEYWORDS})(?=[ \\t\\r#\\n]|$)`, 'g');
const QUOTING = /["'\\]/;

/**
 * Where the sections of a text start, with the comments and blank lines above their own line. Each start depends only on
 * these lines and on the line before them.
 */
export function sectionStarts(text: string): number[] {
  const starts: number[] = [];
  let behindLastHead = 0;
  for (const head of headStarts(text)) {
    let start = head;
    while (start > behindLastHead && isCommentOrBlank(text.slice(lineStart(text, start - 1), start - 1))) {
      start = lineStart(text, start - 1);
    }
    starts.push(start);
    behindLastHead = lineEnd(text, head) + 1;
  }
  return starts;
}

/** Where the lines start that begin a section, in order; a text of 50,000 lines is not taken apart for that. */
function headStarts(text: string): number[] {
  const found = new Set<number>();
  if (isHead(text.slice(0, lineEnd(text, 0)))) found.add(0);
  for (const { index } of text.matchAll(LATER_HEAD)) {
    if (isHead(text.slice(index + 1, lineEnd(text, index + 1)))) found.add(index + 1);
  }
  for (const start of quotedLines(text)) {
    if (isHead(text.slice(start, lineEnd(text, start)))) found.add(start);
  }
  return [...found].sort((a, b) => a - b);
}

/** Where the lines with a quote or a backslash start: HAProxy reads `"backend"` as the keyword, too. */
function* quotedLines(text: string): Generator<number> {
  const quoting = new RegExp(QUOTING, 'g');
  for (let match = quoting.exec(text); match !== null; match = quoting.exec(text)) {
    yield lineStart(text, match.index);
    quoting.lastIndex = lineEnd(text, match.index);
  }
}

/** The start of the line that this character belongs to; a line feed belongs to the line that it ends. */
function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function isHead(line: string): boolean {
  return QUOTING.test(line) ? SECTION_KEYWORDS.has(splitWords(line).words[0] ?? '') : PLAIN_HEAD.test(line);
}

/** True for a comment, and for a line of white space. */
export function isCommentOrBlank(line: string): boolean {
  return /^[ \t\r\v\f]*(?:#|$)/.test(line);
}
