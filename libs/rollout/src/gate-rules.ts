import type { LineWords } from '@kubefigurator/config-model';
import { foreignAddresses } from './gate-addresses.ts';
import { NEGATABLE, PROXY_DIRECTIVES, REFUSED_DIRECTIVES, REFUSED_OPTIONS } from './gate-directives.ts';
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

function directiveFindings(words: readonly string[], inProxy: boolean): string[] {
  const [first = '', second = ''] = words;
  const negated = first === 'no' || first === 'default';
  const refused =
    negated && !NEGATABLE.has(second)
      ? `${first} ${second}`
      : refusedIn(negated ? words.slice(1) : words, inProxy);
  return refused === undefined ? [] : [`${quote(refused)} is not allowed here`];
}

/** The words of a directive that are refused; undefined for a good one. */
function refusedIn([directive = '', option = '']: readonly string[], inProxy: boolean): string | undefined {
  if (REFUSED_DIRECTIVES.has(directive) || (inProxy && !PROXY_DIRECTIVES.has(directive))) return directive;
  return directive === 'option' && REFUSED_OPTIONS.has(option) ? `option ${option}` : undefined;
}

function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
