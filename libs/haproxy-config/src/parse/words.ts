/** The words of a config line with HAProxy's quoting resolved (configuration manual, section 2.2). */
export interface LineWords {
  readonly words: readonly string[];
  /** True if HAProxy would replace an environment variable, as it does inside double quotes. */
  readonly expandsEnvironment: boolean;
  /** True if a quote is never closed, or an escape is incomplete. */
  readonly unterminated: boolean;
}

type Quote = '' | "'" | '"';

interface Scan {
  readonly line: string;
  /** The place of the next character. */
  at: number;
  /** The quote that is open; empty if none is. */
  quote: Quote;
  /** The word so far; undefined between two words. */
  word: string | undefined;
  readonly words: string[];
  expands: boolean;
  broken: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  ' ': ' ',
  '\\': '\\',
  '#': '#',
  "'": "'",
  '"': '"',
};

/** Splits a config line into words as HAProxy does: quotes, backslashes and comments resolved. */
export function splitWords(line: string): LineWords {
  if (!/["'\\#]/.test(line)) {
    return {
      words: line.split(/[ \t\r\v\f]+/).filter(Boolean),
      expandsEnvironment: false,
      unterminated: false,
    };
  }
  const scan: Scan = { line, at: 0, quote: '', word: undefined, words: [], expands: false, broken: false };
  while (scan.at < line.length && step(scan));
  endWord(scan);
  return {
    words: scan.words,
    expandsEnvironment: scan.expands,
    unterminated: scan.broken || scan.quote !== '',
  };
}

/** Where the words of a line stand in it, quotes and escapes included. */
export function wordSpans(line: string): { readonly start: number; readonly end: number }[] {
  const scan: Scan = { line, at: 0, quote: '', word: undefined, words: [], expands: false, broken: false };
  const spans: { readonly start: number; readonly end: number }[] = [];
  let start = 0;
  for (let goesOn = true; goesOn && scan.at < line.length;) {
    const { at, word } = scan;
    goesOn = step(scan);
    if (word === undefined && scan.word !== undefined) start = at;
    if (scan.words.length > spans.length) spans.push({ start, end: at });
  }
  if (scan.word !== undefined) spans.push({ start, end: scan.at });
  return spans;
}

/** Takes one character or escape; false at the start of a comment. */
function step(scan: Scan): boolean {
  const char = scan.line.charAt(scan.at);
  if (scan.quote === "'") {
    if (char === "'") scan.quote = '';
    else add(scan, char);
  } else if (char === '\\') {
    escape(scan);
  } else if (scan.quote === '"') {
    inDoubleQuotes(scan, char);
  } else if (char === '#') {
    return false;
  } else {
    bare(scan, char);
  }
  scan.at += 1;
  return true;
}

function inDoubleQuotes(scan: Scan, char: string): void {
  if (char === '"') scan.quote = '';
  else {
    if (char === '$') scan.expands = true;
    add(scan, char);
  }
}

/** A character outside of quotes. */
function bare(scan: Scan, char: string): void {
  if (char === '"' || char === "'") {
    scan.quote = char;
    scan.word ??= '';
  } else if (/[ \t\r\v\f]/.test(char)) {
    endWord(scan);
  } else {
    add(scan, char);
  }
}

/** Known escapes are resolved, any other backslash stays, as in HAProxy's `parse_line`. `step` skips the backslash. */
function escape(scan: Scan): void {
  const next = scan.line.charAt(scan.at + 1);
  const hex = /^x([0-9a-fA-F]{2})/.exec(scan.line.slice(scan.at + 1, scan.at + 4));
  if (hex !== null) {
    add(scan, String.fromCharCode(Number.parseInt(hex[1] ?? '', 16)));
    scan.at += 3;
  } else if (next === '' || next === 'x') {
    scan.broken = true;
    add(scan, '\\');
  } else if (next === '$' && scan.quote === '"') {
    add(scan, next);
    scan.at += 1;
  } else if (Object.hasOwn(ESCAPES, next)) {
    add(scan, ESCAPES[next] ?? '');
    scan.at += 1;
  } else {
    add(scan, '\\');
  }
}

function add(scan: Scan, text: string): void {
  scan.word = (scan.word ?? '') + text;
}

function endWord(scan: Scan): void {
  if (scan.word !== undefined) scan.words.push(scan.word);
  scan.word = undefined;
}
