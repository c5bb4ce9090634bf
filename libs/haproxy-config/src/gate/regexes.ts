import type { ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sharedSectionContent } from '../parse/config-text.ts';
import { quoteConfigWord } from './quote.ts';
import type { RegexCost } from './regex-cost.ts';
import { regexCost } from './regex-cost.ts';

/**
 * How many slow regexes a section may have. HAProxy may evaluate all rules of a section in one go, and its watchdog kills
 * it after two seconds; a slow regex takes up to 15 ms for a request that was made for it.
 */
const MOST_SLOW = 60;
/** How many regexes a section may have, slow or not. */
const MOST_REGEXES = 1_000;
const MOST_SLOW_OF_A_TEXT = 600;
const MOST_REGEXES_OF_A_TEXT = 10_000;
/** The characters of all regexes of a text: to judge so many takes half a second. */
const MOST_CHARACTERS = 500_000;
/** A regex with so many ambiguous repetitions, called open ones in messages, is slow. */
const SLOW = 2;

/** A matcher such as `path_reg` or `hdr_reg(host)`. */
const MATCHER = /_reg(?:\(|$)/;
/** The beginning of a condition; the next word says what is matched. */
const OPENING = /^!*\{$/;
const REPLACING = /^(?:http-request|http-response|http-after-response)$/;
/** How many words stand between the action and its regex. */
const REPLACEMENTS: ReadonlyMap<string, number> = new Map([
  ['replace-header', 2],
  ['replace-value', 2],
  ['replace-path', 1],
  ['replace-pathq', 1],
  ['replace-uri', 1],
]);
const EXPECTING = /^(?:http-check|tcp-check)$/;
const EXPECTED: ReadonlySet<string> = new Set(['rstatus', 'rstring', 'rbinary']);
/** The regex in `regsub(<regex>,…)`, up to the first comma that isn't quoted or escaped. */
const SUBSTITUTION = /regsub\(((?:[^,"'\\]|\\[\s\S]|"[^"]*"|'[^']*')*)/g;
/** A line without any of these has no regex. */
const ANY = /_reg|reg|replace-|rstatus|rstring|rbinary/;

/** The regexes of a line. */
export function regexesOfLine(words: readonly string[]): string[] {
  if (!words.some((word) => ANY.test(word))) return [];
  return [
    ...patterns(words),
    ...replaced(words),
    ...headerNames(words),
    ...expected(words),
    ...substitutions(words),
  ];
}

/**
 * What stands behind `-m reg` or a matcher such as `path_reg`, up to the end of the condition; an `acl` line has one
 * condition and no braces around it. In other places, a word that looks like a matcher is none: it may be a host name.
 */
function patterns(words: readonly string[]): string[] {
  const found: string[] = [];
  const isAcl = words[0] === 'acl';
  let isPattern = false;
  words.forEach((word, index) => {
    if (!isAcl && (word === '}' || word === '{')) isPattern = false;
    else if (isPattern && !/^-[A-Za-z]$/.test(word)) found.push(word);
    isPattern ||= startsPatterns(words, index);
  });
  return found;
}

/** True for `-m reg`, and for a matcher at the beginning of a condition. */
function startsPatterns(words: readonly string[], index: number): boolean {
  const [before = '', word = ''] = [words[index - 1], words[index]];
  if (word === 'reg' && before === '-m') return words[index - 3] !== 'del-header';
  return MATCHER.test(word) && (words[0] === 'acl' ? index === 2 : OPENING.test(before));
}

function replaced(words: readonly string[]): string[] {
  const distance = REPLACING.test(words[0] ?? '') ? REPLACEMENTS.get(words[1] ?? '') : undefined;
  const regex = distance === undefined ? undefined : words[1 + distance];
  return regex === undefined ? [] : [regex];
}

/** In `http-request del-header <name> -m reg` the regex stands before the word that makes it one. */
function headerNames(words: readonly string[]): string[] {
  const [directive = '', action, regex, flag, method] = words;
  if (!REPLACING.test(directive) || action !== 'del-header' || regex === undefined) return [];
  return flag === '-m' && method === 'reg' ? [regex] : [];
}

function expected(words: readonly string[]): string[] {
  if (!EXPECTING.test(words[0] ?? '')) return [];
  return words.flatMap((word, index) => (EXPECTED.has(word) ? (words[index + 1] ?? []) : []));
}

/** Quotes inside of the argument belong to HAProxy, not to the regex. */
function substitutions(words: readonly string[]): string[] {
  return words
    .filter((word) => word.includes('regsub('))
    .flatMap((word) => [...word.matchAll(SUBSTITUTION)].map(([, regex = '']) => regex.replace(/["']/g, '')));
}

/** A finding for each regex that is refused for itself; those that are only slow are counted in `tooManyRegexes`. */
export function refusedRegexes(words: readonly string[]): string[] {
  return judgedRegexes(words).flatMap(({ regex, cost }) =>
    cost.kind === 'refused' ? [`regex ${quoteConfigWord(regex)}: ${cost.reason}`] : [],
  );
}

interface JudgedRegex {
  readonly regex: string;
  readonly cost: RegexCost;
}

const NO_REGEXES: readonly JudgedRegex[] = [];
/** By the words of a line: its regexes are judged once, though they are counted first and then looked at one by one. */
const judged = new WeakMap<readonly string[], readonly JudgedRegex[]>();

function judgedRegexes(words: readonly string[]): readonly JudgedRegex[] {
  const known = judged.get(words);
  if (known !== undefined) return known;
  const regexes = regexesOfLine(words);
  if (regexes.length === 0) return NO_REGEXES;
  const found = regexes.map((regex) => ({ regex, cost: regexCost(regex) }));
  judged.set(words, found);
  return found;
}

interface Count {
  readonly all: number;
  readonly slow: number;
  readonly characters: number;
}

/** The counts of sections by their content, so that those of a text before needn't be read again. */
const counted = new WeakMap<object, Count>();

/** The message about more regexes than HAProxy can evaluate in time; undefined if there are not too many. */
export function tooManyRegexes({ sections }: ConfigText): string | undefined {
  const sum = { all: 0, slow: 0, characters: 0 };
  for (const section of sections) {
    const content = sharedSectionContent(section);
    const { all, slow, characters } = counted.get(content) ?? countRegexes(section);
    counted.set(content, { all, slow, characters });
    const name = `${section.keyword} ${quoteConfigWord(section.name)}`;
    if (all > MOST_REGEXES) return `${name} has more than ${MOST_REGEXES} regexes`;
    if (slow > MOST_SLOW)
      return `${name} has more than ${MOST_SLOW} regexes with ${SLOW} or more open repetitions`;
    sum.all += all;
    sum.slow += slow;
    sum.characters += characters;
    if (sum.characters > MOST_CHARACTERS)
      return `the text has more than ${MOST_CHARACTERS} characters in regexes`;
  }
  if (sum.slow > MOST_SLOW_OF_A_TEXT)
    return `the text has more than ${MOST_SLOW_OF_A_TEXT} regexes with ${SLOW} or more open repetitions`;
  return sum.all > MOST_REGEXES_OF_A_TEXT
    ? `the text has more than ${MOST_REGEXES_OF_A_TEXT} regexes`
    : undefined;
}

function countRegexes({ lines }: ConfigSection): Count {
  const count = { all: 0, slow: 0, characters: 0 };
  for (const { words } of lines) {
    const regexes = regexesOfLine(words);
    count.all += regexes.length;
    for (const { length } of regexes) count.characters += length;
    // A section that has too many already isn't judged to its end.
    if (count.all > MOST_REGEXES || count.characters > MOST_CHARACTERS) return count;
    if (regexes.length > 0) count.slow += judgedRegexes(words).filter(isSlow).length;
  }
  return count;
}

function isSlow({ cost }: JudgedRegex): boolean {
  return cost.kind === 'taken' && cost.ambiguous >= SLOW;
}
