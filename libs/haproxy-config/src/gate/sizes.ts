import { bindsWithCertificates, certificatesOnBind } from '../parse/bind-certificates.ts';
import type { ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sharedSectionContent } from '../parse/config-text.ts';
import { countTemplate } from './numbers.ts';
import { quoteConfigWord } from './quote.ts';

/**
 * What a text may hold at most. Without limits, a text of 16 MB, which gzip packs into 30 KB, could cost the agent and
 * HAProxy's check many gigabytes of memory; 5,000 Services on 50 nodes are 285,000 lines with 5,001 sections.
 */
export const MOST_LINES = 500_000;
export const MOST_SECTIONS = 20_000;
export const MOST_SERVERS = 300_000;
/** HAProxy opens a socket for each; each port of a range counts. */
export const MOST_BINDS = 10_000;
/**
 * HAProxy loads a certificate again for each bind that names it. 20,000 take 2 to 4 s of `haproxy -c` on HAProxy 2.6, 3.0
 * and 3.2, and 7 s if each has a hundred names: 0.11 ms for one with RSA or EC, 0.25 ms with its bind, 0.003 ms for each
 * name, and 0.2 ms (2.6: 0.7 ms) for each file.
 */
export const MOST_CERTIFICATES_OF_BINDS = 20_000;
/** The time HAProxy 2.6 needs grows with the square of this number. */
export const MOST_SERVERS_OF_A_SECTION = 10_000;

/**
 * A call is a function in an expression; each `(` and each `,` of a section counts as one, since a fetch has arguments
 * in parentheses and a converter follows a comma.
 * HAProxy evaluates the rules or checks of a section in one go, and its watchdog kills it after two seconds: 48,000
 * `regsub()` in the checks of a server end every HAProxy that starts with them. One needs about a millisecond, `crc32` a
 * fifth of that.
 */
export const MOST_CALLS = 30_000;
/** How many slow calls a section may have. */
const MOST_SLOW_CALLS = 200;
const SLOW_CALLS = /regsub|crc32/g;
const CALL = /[(,]/;
const [PARENTHESIS, COMMA] = ['('.charCodeAt(0), ','.charCodeAt(0)];
/** A constant, such as the name for SNI: a name with `regsub` or `crc32` in it is no call. */
const CONSTANT = /^str\([\w.-]*\)$/;

/** The message about too many sections; undefined if there aren't. They are counted before the costly parsing. */
export function tooManySections(sections: number): string | undefined {
  return sections > MOST_SECTIONS
    ? `the text has ${sections} sections; at most ${MOST_SECTIONS} are allowed`
    : undefined;
}

/** Counts something in sections; a section with the content of one that was counted before isn't read again. */
export function countOnce(count: (section: ConfigSection) => number): (section: ConfigSection) => number {
  const counted = new WeakMap<object, number>();
  return (section) => {
    const content = sharedSectionContent(section);
    const known = counted.get(content) ?? count(section);
    counted.set(content, known);
    return known;
  };
}

const serversOf = countOnce(countServers);

/** The message about more servers than HAProxy reads in time, if there are; those of a template count one by one. */
export function tooManyServers({ sections }: ConfigText): string | undefined {
  let sum = 0;
  for (const section of sections) {
    const servers = serversOf(section);
    if (servers > MOST_SERVERS_OF_A_SECTION)
      return `${sectionLabel(section)} has more than ${MOST_SERVERS_OF_A_SECTION} servers`;
    sum += servers;
  }
  return sum > MOST_SERVERS ? `the text has more than ${MOST_SERVERS} servers` : undefined;
}

function countServers({ lines }: ConfigSection): number {
  return lines.reduce((sum, { words: [directive, , range = ''] }) => {
    if (directive === 'server') return sum + 1;
    return directive === 'server-template' ? sum + Math.max(0, countTemplate(range)) : sum;
  }, 0);
}

const certificatesOf = countOnce(countCertificates);

/** The message about more certificates than HAProxy checks in time, if there are; each counts on each of its binds. */
export function tooManyCertificates({ sections }: ConfigText): string | undefined {
  const sum = sections.reduce((all, section) => all + certificatesOf(section), 0);
  return sum > MOST_CERTIFICATES_OF_BINDS
    ? `the binds of the text have more than ${MOST_CERTIFICATES_OF_BINDS} certificates together`
    : undefined;
}

/** How many certificates the binds of a section load; a folder counts as one if no comment names a file in it. */
export function countCertificates(section: ConfigSection): number {
  return bindsWithCertificates(section).reduce((sum, line) => sum + certificatesOnBind(line).length, 0);
}

function sectionLabel({ keyword, name }: ConfigSection): string {
  return `${keyword} ${quoteConfigWord(name)}`;
}

/** The message about a section whose expressions HAProxy can't evaluate in time; undefined if it can. */
export function tooCostlySection(section: ConfigSection): string | undefined {
  const count = { calls: 0, slow: 0 };
  for (const { words } of section.lines)
    for (const word of words) {
      countCalls(word, count);
      // The rest isn't counted: a text may have 24 MB of calls.
      if (count.slow > MOST_SLOW_CALLS)
        return `${sectionLabel(section)} has more than ${MOST_SLOW_CALLS} times regsub or crc32`;
      if (count.calls > MOST_CALLS)
        return `${sectionLabel(section)} has more than ${MOST_CALLS} calls in its expressions`;
    }
  return undefined;
}

/** Adds the calls of a word. */
function countCalls(word: string, count: { calls: number; slow: number }): void {
  if (!CALL.test(word)) return;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    if (code === PARENTHESIS || code === COMMA) count.calls += 1;
  }
  if (!CONSTANT.test(word)) count.slow += word.match(SLOW_CALLS)?.length ?? 0;
}
