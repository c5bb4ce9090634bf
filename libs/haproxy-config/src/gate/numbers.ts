import { quoteConfigWord } from './quote.ts';

/** Lines on which HAProxy 2.6 doesn't check a length, and crashes if it is negative. */
const LINES_WITH_LENGTH = /^(?:capture|declare|stick-table|http-request|http-response|tcp-request|log)$/;
const MOST_TEMPLATE_SERVERS = 1_000;
/**
 * `random(<draws>)` with another number than 1 to 999: HAProxy draws that often for each request, and its watchdog kills
 * it after two seconds.
 */
const UNPLAIN_DRAWS = /^random\((?![1-9]\d{0,2}\)$)/;
/**
 * Converters whose chunk length isn't a number of 1 to 4 digits. HAProxy 2.6 doesn't check the length: it aborts on
 * 4294967295.
 */
const UNPLAIN_CHUNKS =
  /(?:^|[^A-Za-z0-9_])(?:be2hex|be2dec|le2dec)\((?![^,()"'\\]{0,16}(?:,[1-9]\d{0,3}(?:,[01]?)?)?\))/;

/**
 * Actions on counters and tags whose number isn't 0 to 99: HAProxy 2.6 accesses memory out of bounds for a large or
 * negative one.
 */
const UNPLAIN_COUNTERS = /^sc-(?:add|inc|set)-gp[ct][01]?\((?!\d{1,2}(?:,\d{1,2})?\)$)/;
/** A stick table takes more memory with each entry until it is full; no use with clients needs more entries than this. */
const MOST_ENTRIES = 10_000_000;
/** What the keys of all entries of a table may take. */
const MOST_KEY_BYTES = 2 ** 30;
/** The units after a size, as factors. */
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

type Finder = (words: readonly string[]) => string[];

/** Findings about numbers that HAProxy accepts, and that make it crash or take too much memory or time. */
export function dangerousNumbers(words: readonly string[]): string[] {
  return FINDERS.flatMap((find) => find(words));
}

const FINDERS: readonly Finder[] = [wrongLengths, hugeTables, hugeTemplates, wrongArguments];

function wrongLengths(words: readonly string[]): string[] {
  if (!LINES_WITH_LENGTH.test(words[0] ?? '')) return [];
  return valuesOf('len', words)
    .filter((length) => !isLength(length))
    .map((length) => `${quoteConfigWord(`len ${length}`)} is no length from 1 to 65535`);
}

function hugeTables(words: readonly string[]): string[] {
  if (words[0] !== 'stick-table' && words[0] !== 'table') return [];
  const length = Math.max(1, ...valuesOf('len', words).map(Number).filter(Number.isFinite));
  return valuesOf('size', words)
    .filter((size) => {
      const entries = entriesOf(size);
      return !(entries <= MOST_ENTRIES && entries * length <= MOST_KEY_BYTES);
    })
    .map((size) => `${quoteConfigWord(`size ${size}`)}: more than 10 million entries, or a gigabyte of keys`);
}

function entriesOf(size: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([kmg]?)$/i.exec(size) ?? [];
  return digits === '' ? Number.POSITIVE_INFINITY : Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
}

function hugeTemplates([directive, , range = '']: readonly string[]): string[] {
  return directive === 'server-template' && countTemplate(range) > MOST_TEMPLATE_SERVERS
    ? [`server-template ${quoteConfigWord(range)}: more than ${MOST_TEMPLATE_SERVERS} servers`]
    : [];
}

function wrongArguments(words: readonly string[]): string[] {
  const [directive = '', second = '', third = ''] = words;
  const findings: string[] = [];
  if (directive === 'balance' && UNPLAIN_DRAWS.test(second))
    findings.push(`${quoteConfigWord(second)}: not 1 to 999 draws`);
  if (words.some((word) => word.includes('(') && UNPLAIN_CHUNKS.test(word)))
    findings.push('be2hex, be2dec and le2dec take chunks of 1 to 9999 bytes');
  const counter = [second, third].find((word) => UNPLAIN_COUNTERS.test(word));
  if (counter !== undefined) findings.push(`${quoteConfigWord(counter)}: its numbers are not 0 to 99`);
  return findings;
}

/** The word after each `name` on a line, without the directive itself. */
function valuesOf(name: string, words: readonly string[]): string[] {
  return words.flatMap((word, index) => (word === name && index > 0 ? [words[index + 1] ?? ''] : []));
}

function isLength(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** How many servers a `server-template` makes; infinite if its range isn't a number or two, negative if it is reversed. */
export function countTemplate(range: string): number {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
  if (match === null) return Number.POSITIVE_INFINITY;
  return match[2] === undefined ? Number(match[1]) : Number(match[2]) - Number(match[1]) + 1;
}
