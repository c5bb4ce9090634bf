import type { LineWords } from '../parse/words.ts';
import { foreignAddresses } from './addresses.ts';
import { refusedBeginning } from './actions.ts';
import { PROXY_DIRECTIVES, REFUSED_DIRECTIVES } from './directives.ts';
import type { FileFolders } from './files.ts';
import { foreignFiles } from './files.ts';
import { localConnections } from './local-addresses.ts';
import { miscountedFormats } from './map-actions.ts';
import { dangerousNumbers } from './numbers.ts';
import { readOptionsOfLine } from './options.ts';
import { QUOTING, touchesProcessVariables } from './process-variables.ts';
import { quoteConfigWord } from './quote.ts';
import { refusedRegexes } from './regexes.ts';

const ENVIRONMENT_FETCH = /(?:^|[^A-Za-z0-9_.-])env\(/;

/** Escapes can put these characters into a word. HAProxy repeats words in its messages, which terminals show. */
const CONTROL = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]|\u00c2[\u0080-\u009f]/;
/** The beginning of a message of HAProxy on a line of its own: it could speak of any line, and so blame any Service. */
const FORGED_MESSAGE = /[\n\r][^\S\n\r]*\[[A-Z]+\]/;

/** The sections that every text may have. */
export type ProxyKeyword = 'frontend' | 'backend' | 'listen';

/** Where a line stands and what it may name. */
export interface LineRules {
  readonly folders: FileFolders;
  /** Servers at addresses of this host itself, and servers by name, are accepted. */
  readonly allowLocalServers: boolean;
  /** Undefined in a section that only `--allow-section` lets in. */
  readonly proxy: ProxyKeyword | undefined;
}

/** Findings about a line below a section's head; empty for a line that is accepted. */
export function gateFindingsOnLine(
  line: LineWords,
  { folders, proxy, allowLocalServers }: LineRules,
): string[] {
  const { words } = line;
  const options = readOptionsOfLine(words);
  return [
    ...spellingFindings(line),
    ...directiveFindings(words, proxy),
    ...(options?.findings ?? []),
    ...expressionFindings(words),
    ...dangerousNumbers(words),
    ...miscountedFormats(words),
    ...refusedRegexes(words),
    ...foreignAddresses(words, options).map((word) => `${quoteConfigWord(word)} is not a network address`),
    ...(allowLocalServers ? [] : localConnections(words, options)),
    ...foreignFiles(words, options, folders),
  ];
}

/** Findings about the spelling of any line, a section's head included. */
function spellingFindings(line: LineWords): string[] {
  const findings: string[] = [];
  if (line.unterminated) findings.push('a quote or an escape is never finished');
  if (line.expandsEnvironment)
    findings.push('environment variables of the host are not put into a published text');
  // HAProxy's words are C strings: it reads a word up to the NUL, while the gate would judge the whole word.
  if (line.words.some((word) => word.includes('\u0000')))
    findings.push('a NUL byte is not allowed in a config');
  if (line.words.some((word) => CONTROL.test(word) || FORGED_MESSAGE.test(word)))
    findings.push('a control character, or a message of HAProxy, is spelled by an escape');
  if (line.words.some((word) => word.includes('(') && ENVIRONMENT_FETCH.test(word))) {
    findings.push('env(): the environment of the host is not published');
  }
  return findings;
}

/**
 * Findings about the own line of a section. If another word follows the name of a proxy, HAProxy 2.6 and 3.0 don't open
 * this section, and say nothing about it if no line follows.
 */
export function gateFindingsOnHead(head: LineWords, proxy: ProxyKeyword | undefined): string[] {
  const [keyword = '', name = '', from, ofDefaults = '', ...more] = head.words;
  const isPlain = from === undefined || (from === 'from' && ofDefaults !== '' && more.length === 0);
  const findings =
    proxy !== undefined && !isPlain
      ? [`${quoteConfigWord(`${keyword} ${name} ${from}`)} is not allowed here`]
      : [];
  return [...spellingFindings(head), ...findings];
}

/** Why a disabled proxy would end each HAProxy that reads it, also `haproxy -c`; undefined if it wouldn't. */
export function disabledProxyTrouble(lines: readonly LineWords[]): string | undefined {
  const has = (directive: string): boolean => lines.some(({ words }) => words[0] === directive);
  return has('disabled') && has('use-server') ? 'use-server in a disabled section ends HAProxy' : undefined;
}

/**
 * True for `no option`, `default option` and `no log`. Other directives behind `no` or `default` are refused: HAProxy
 * complains about them only after it has run their parser.
 */
function isHarmlessNegation([first, second, third]: readonly string[]): boolean {
  return second === 'option' || (first === 'no' && second === 'log' && third === undefined);
}

function directiveFindings(words: readonly string[], proxy: ProxyKeyword | undefined): string[] {
  const [first = '', second = ''] = words;
  const negated = first === 'no' || first === 'default';
  const refused =
    negated && !isHarmlessNegation(words)
      ? `${first} ${second}`
      : refusedIn(negated ? words.slice(1) : words, proxy);
  return refused === undefined ? [] : [`${quoteConfigWord(refused)} is not allowed here`];
}

/** The words of a directive that are refused; undefined if it is accepted. */
function refusedIn(words: readonly string[], proxy: ProxyKeyword | undefined): string | undefined {
  const [directive = ''] = words;
  if (REFUSED_DIRECTIVES.has(directive) || (proxy !== undefined && !PROXY_DIRECTIVES.has(directive))) {
    return directive;
  }
  // HAProxy only warns about a bind in a backend, and listens there.
  if (directive === 'bind' && proxy === 'backend') return 'bind in a backend';
  return refusedBeginning(words);
}

/** The converter that copies what passes through it to a log or to standard error. */
const DEBUGGING = /,\s*debug(?![A-Za-z0-9_.-])/;
/** In the format of a unique id: the id itself, an ACL that may ask for it, and its short form `%ID`. */
const OWN_ID = /(?:^|[^A-Za-z0-9_.-])(?:unique-id(?![A-Za-z0-9_.-])|acl\()|%ID(?![A-Za-z0-9_])/;

/** A format without the flags in braces, such as `%{+Q}`, in linear time: a regex would search a `}` for each `%{` again. */
function withoutFlags(format: string): string {
  let plain = '';
  for (let at = 0; ;) {
    const open = format.indexOf('%{', at);
    const close = open < 0 ? -1 : format.indexOf('}', open);
    if (close < 0) return plain + format.slice(at);
    plain += format.slice(at, open + 1);
    at = close + 1;
  }
}

/** Findings about words that no directive of a published text may have. */
function expressionFindings(words: readonly string[]): string[] {
  const findings: string[] = [];
  if (touchesProcessVariables(words))
    findings.push(
      "variables of the process (proc.) are the host's own: a published text neither reads nor sets them",
    );
  if (words.some((word) => DEBUGGING.test(word.replace(QUOTING, ''))))
    findings.push("debug: a published text doesn't copy requests to a log");
  // HAProxy 2.6 and 3.0 evaluate such a format recursively until the stack overflows.
  if (
    words[0] === 'unique-id-format' &&
    words.some((word, index) => index > 0 && OWN_ID.test(withoutFlags(word)))
  )
    findings.push('a unique-id-format that asks for unique-id never ends');
  return findings;
}
