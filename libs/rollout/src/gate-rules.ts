import type { LineWords } from '@kubefigurator/config-model';
import { foreignAddresses } from './gate-addresses.ts';
import {
  PROXY_DIRECTIVES,
  REFUSED_BIND_OPTIONS,
  REFUSED_DIRECTIVES,
  REFUSED_OPTIONS,
  REFUSED_SERVER_OPTIONS,
  STATS_WORDS,
} from './gate-directives.ts';
import type { FileFolders } from './gate-files.ts';
import { foreignFiles } from './gate-files.ts';

const ENVIRONMENT_FETCH = /(?:^|[^A-Za-z0-9_.-])env\(/;

/** Where a line stands and what it may name. */
export interface LineRules {
  readonly folders: FileFolders;
  /** True in frontend, backend and listen; false in a section that only `--allow-section` lets in. */
  readonly inProxy: boolean;
}

/** What the gate holds against one line below a section's own, in words; empty for a good line. */
export function findingsOnLine(line: LineWords, { folders, inProxy }: LineRules): string[] {
  const { words } = line;
  return [
    ...spellingFindings(line),
    ...directiveFindings(words, inProxy),
    ...numberFindings(words),
    ...foreignAddresses(words).map((word) => `${JSON.stringify(word)} is not a network address`),
    ...foreignFiles(words, folders),
  ];
}

/** What is wrong with any line, a section's own included. */
export function spellingFindings(line: LineWords): string[] {
  const findings: string[] = [];
  if (line.unterminated) findings.push('a quote or an escape is never finished');
  if (line.expandsEnvironment)
    findings.push('environment variables of the host are not put into a published text');
  // HAProxy's words are C strings: it would read on to the NUL, and we past it.
  if (line.words.some((word) => word.includes('\u0000')))
    findings.push('a NUL byte has no place in a config');
  if (line.words.some((word) => ENVIRONMENT_FETCH.test(word))) {
    findings.push('env(): the environment of the host is not published');
  }
  return findings;
}

/** HAProxy runs the parser of whatever follows `no` or `default` before it complains. */
function isHarmlessNegation([first, second, third]: readonly string[]): boolean {
  return second === 'option' || (first === 'no' && second === 'log' && third === undefined);
}

function directiveFindings(words: readonly string[], inProxy: boolean): string[] {
  const [first = '', second = ''] = words;
  const negated = first === 'no' || first === 'default';
  const refused =
    negated && !isHarmlessNegation(words)
      ? `${first} ${second}`
      : refusedIn(negated ? words.slice(1) : words, inProxy);
  return refused === undefined ? [] : [`${quote(refused)} is not allowed here`];
}

/** The words of a directive that are refused; undefined for a good one. */
function refusedIn(words: readonly string[], inProxy: boolean): string | undefined {
  const [directive = '', second = ''] = words;
  if (REFUSED_DIRECTIVES.has(directive) || (inProxy && !PROXY_DIRECTIVES.has(directive))) return directive;
  if (directive === 'option') return REFUSED_OPTIONS.has(second) ? `option ${second}` : undefined;
  if (directive === 'stats') return STATS_WORDS.has(second) ? undefined : `stats ${second}`;
  return refusedOption(words);
}

function refusedOption(words: readonly string[]): string | undefined {
  const [directive = ''] = words;
  if (directive === 'bind') return words.slice(2).find((word) => REFUSED_BIND_OPTIONS.has(word));
  if (!SERVER_LINES.test(directive)) return undefined;
  return words.slice(directive === 'server' ? 3 : 1).find((word) => REFUSED_SERVER_OPTIONS.has(word));
}

const SERVER_LINES = /^(?:server|server-template|default-server)$/;
/** Lines on which HAProxy 2.6 takes a length without looking at it, and dies of a negative one. */
const LINES_WITH_LENGTH = /^(?:capture|declare|stick-table|http-request|http-response|tcp-request|log)$/;
const MOST_TEMPLATE_SERVERS = 1_000;

/** Numbers that HAProxy takes and doesn't survive. */
function numberFindings(words: readonly string[]): string[] {
  const [directive = '', , range = ''] = words;
  const findings: string[] = [];
  if (LINES_WITH_LENGTH.test(directive)) {
    const lengths = words.flatMap((word, index) => (word === 'len' ? [words[index + 1] ?? ''] : []));
    findings.push(
      ...lengths
        .filter((length) => !isLength(length))
        .map((length) => `${quote(`len ${length}`)} is no length from 1 to 65535`),
    );
  }
  if (directive === 'server-template' && countTemplate(range) > MOST_TEMPLATE_SERVERS) {
    findings.push(`server-template ${quote(range)}: more than ${MOST_TEMPLATE_SERVERS} servers`);
  }
  return findings;
}

function isLength(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;
}

function countTemplate(range: string): number {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
  if (match === null) return Number.POSITIVE_INFINITY;
  return match[2] === undefined ? Number(match[1]) : Number(match[2]) - Number(match[1]) + 1;
}

function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
