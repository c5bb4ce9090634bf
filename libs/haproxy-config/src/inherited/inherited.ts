import type { ConfigLine, ConfigText } from '../parse/config-text.ts';

/** Whose setting counts if a `defaults` section of the host's own files has a directive that our sections inherit. */
export type InheritedVerdict =
  /** Our sections set it themselves, so that the host's value has no effect on them. */
  | 'ours'
  /** It is a matter of taste or of the host: the operator's value counts, in our sections too. */
  | 'operator'
  /** It contradicts what a Service may expect, and no value of ours would help: the host's agent reports it. */
  | 'contradiction';

export interface InheritedDirective {
  /** The first words of the directive, as `defaults` has them. */
  readonly directive: string;
  readonly verdict: InheritedVerdict;
  /** What it means for Services, in one sentence. */
  readonly meaning: string;
}

/**
 * The directives that a proxy inherits from `defaults` and that concern what Services promise (configuration manual,
 * section 4.1). For every other directive, the operator's setting counts.
 */
export const INHERITED: readonly InheritedDirective[] = [
  row('mode', 'ours', 'each section of ours has a mode'),
  row('balance', 'ours', 'each backend of ours has a balance algorithm'),
  row(
    'load-server-state-from-file',
    'ours',
    'after a reload HAProxy would send requests to the addresses and ports that the state file has, so each backend gets `load-server-state-from-file none` on this host',
  ),
  row(
    'option idle-close-on-response',
    'ours',
    'each http frontend of ours has it, so that a reload fails no request',
  ),
  row(
    'retries',
    'ours',
    'each backend of ours has `retries 3`: a connection that fails is tried again, so that a node that is gone fails no request',
  ),
  row(
    'option redispatch',
    'ours',
    'each backend of ours has `option redispatch 1`: each try goes to another server',
  ),
  row('disabled', 'contradiction', 'HAProxy opens no bind of ours and serves nothing'),
  row('monitor-uri', 'contradiction', 'HAProxy answers this path itself, for every Service'),
  row('stats', 'contradiction', 'the statistics page may be shown on the binds of Services'),
  row('http-send-name-header', 'contradiction', 'every request gets the name of a node in a header'),
  row('option http_proxy', 'contradiction', 'HAProxy connects to the address that a client asks for'),
  row('option external-check', 'contradiction', 'HAProxy runs a program for each check of each server'),
  row('default-server', 'operator', 'it holds for our servers, which are then changed by reloads only'),
  row('option httpchk', 'operator', 'all servers are checked with this request instead of a connection'),
  row('http-check', 'operator', 'it holds for the checks of all servers'),
  row('tcp-check', 'operator', 'it holds for the checks of all servers'),
  row('retry-on', 'operator', 'which answers are tried again'),
  row('http-reuse', 'operator', 'how connections to servers are shared'),
  row('timeout', 'operator', 'all timeouts of our sections'),
  row('maxconn', 'operator', 'the limit of each frontend, if it is below `--frontend-share`'),
  row('rate-limit', 'operator', 'the limit of each frontend'),
  row('cookie', 'operator', 'servers of ours have no cookie values of their own'),
  row('source', 'operator', 'the address from which servers are asked'),
  row('option forwardfor', 'operator', 'whether servers get the address of the client'),
  row('default_backend', 'operator', 'where requests go that no Service matches'),
  row('compression', 'operator', 'whether answers are compressed'),
  row('errorfile', 'operator', 'the pages that HAProxy answers itself'),
  row('http-error', 'operator', 'the pages that HAProxy answers itself'),
  row('log', 'operator', 'where requests are logged'),
  row('log-format', 'operator', 'how requests are logged'),
];

function row(directive: string, verdict: InheritedVerdict, meaning: string): InheritedDirective {
  return { directive, verdict, meaning };
}

/** What our sections inherit from the host's own files. */
export interface Inheritance {
  /** True if HAProxy would put servers back to the addresses of a state file after a reload. */
  readonly restoresServerState: boolean;
  /** Directives that contradict what a Service may expect, with their line, counted from 1. */
  readonly contradictions: readonly {
    readonly line: number;
    readonly directive: string;
    readonly meaning: string;
  }[];
}

/** Finds in a file of the host what our sections inherit from its `defaults`. */
export function findInheritance(base: ConfigText): Inheritance {
  const lines = base.sections
    .filter(({ keyword }) => keyword === 'defaults')
    .flatMap((section) => section.lines.map((line) => ({ line, number: section.startLine + line.offset })));
  const lastStateFile = lines.findLast(({ line }) => line.words[0] === 'load-server-state-from-file');
  return {
    restoresServerState: lastStateFile !== undefined && lastStateFile.line.words[1] !== 'none',
    contradictions: lines.flatMap(({ line, number }) => {
      const found = INHERITED.find(
        ({ verdict, directive }) => verdict === 'contradiction' && beginsWith(line, directive),
      );
      return found === undefined
        ? []
        : [{ line: number, directive: found.directive, meaning: found.meaning }];
    }),
  };
}

function beginsWith({ words }: ConfigLine, directive: string): boolean {
  const wanted = directive.split(' ');
  return wanted.every((word, index) => words[index] === word);
}
