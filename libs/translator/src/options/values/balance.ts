import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../../diagnostics/parsed.ts';
import { quoteUserText } from '../../diagnostics/quote.ts';
import { suggestWord } from '../../diagnostics/suggest.ts';

/** How HAProxy chooses a server: the words after `balance`. */
export interface Balance {
  readonly words: readonly string[];
  /** True if the algorithm reads the http request: on a tcp port it has no effect, and roundrobin is used. */
  readonly needsHttp: boolean;
}

interface Algorithm {
  /** The syntax of the algorithm, for messages and the reference page. */
  readonly usage: string;
  readonly needsHttp?: true;
  /** What may be in parentheses behind the name; if absent, there may be no parentheses. */
  readonly parameter?: RegExp;
  readonly parameterRequired?: true;
  /** The words that follow, each with a blank before it; if absent, none may follow. */
  readonly arguments?: RegExp;
}

const COUNT = '[1-9]\\d{0,2}';
const NAME = '[A-Za-z0-9_.-]{1,128}';
const FETCH = `(?:src|base|path|pathq|query|url|ssl_fc_sni|(?:req\\.hdr|req\\.cook|url_param)\\(${NAME}\\))`;

/**
 * What may follow `balance` in HAProxy 2.6 to 3.2, except the algorithms for logs only (log-hash, sticky).
 * HAProxy's `hash` takes any sample expression; here it takes only fetches that identify a client or a request.
 */
export const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  roundrobin: { usage: 'roundrobin' },
  'static-rr': { usage: 'static-rr' },
  leastconn: { usage: 'leastconn' },
  first: { usage: 'first' },
  source: { usage: 'source' },
  random: { usage: 'random or random(<draws>), 1 to 999 draws', parameter: new RegExp(`^${COUNT}$`) },
  uri: {
    usage: 'uri, then any of whole, path-only, len <1-999>, depth <1-999>',
    needsHttp: true,
    arguments: new RegExp(`^(?: (?:whole|path-only|len ${COUNT}|depth ${COUNT}))*$`),
  },
  url_param: {
    usage: 'url_param <name>, then check_post if wanted',
    needsHttp: true,
    arguments: new RegExp(`^ ${NAME}(?: check_post)?$`),
  },
  hdr: {
    usage: 'hdr(<header>), then use_domain_only if wanted',
    needsHttp: true,
    parameter: new RegExp(`^${NAME}$`),
    parameterRequired: true,
    arguments: /^(?: use_domain_only)?$/,
  },
  'rdp-cookie': { usage: 'rdp-cookie or rdp-cookie(<name>)', parameter: new RegExp(`^${NAME}$`) },
  hash: {
    usage:
      'hash with src, base, path, pathq, query, url, ssl_fc_sni, req.hdr(<name>), req.cook(<name>) or url_param(<name>), and ,lower if wanted',
    arguments: new RegExp(`^ ${FETCH}(?:,lower)?$`),
  },
};

/** The name, perhaps a text in parentheses, and the rest of the line with the blank before it. */
const SHAPE = /^([a-z_-]+)(?:\(([^()]*)\))?((?: .*)?)$/s;
/** In characters. */
const LONGEST = 300;
/** HAProxy takes 64 words on a line, and the first of them is `balance`. */
const MOST_WORDS = 63;
/** The words after `hash` that HAProxy can read without an http request. */
const WITHOUT_HTTP = /^ (?:src|ssl_fc_sni)(?:,lower)?$/;

/** Reads a balance algorithm with its arguments, separated by one or more spaces. */
export function parseBalance(text: string): Parsed<Balance> {
  if (text.length > LONGEST) return refuseValue(`must not be longer than ${LONGEST} characters`);
  const { name, parameter, rest } = splitAlgorithm(text);
  const algorithm = Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
  if (algorithm === undefined) return refuseValue(whyUnknown(text));
  if (!isWrittenAs(algorithm, parameter, rest)) return refuseValue(`must be written as ${algorithm.usage}`);
  const first = parameter === undefined ? name : `${name}(${parameter})`;
  const words = `${first}${rest}`.split(' ');
  if (words.length > MOST_WORDS) return refuseValue(`must have at most ${MOST_WORDS} words`);
  return acceptValue({
    words,
    needsHttp: algorithm.needsHttp === true || (name === 'hash' && !WITHOUT_HTTP.test(rest)),
  });
}

function splitAlgorithm(text: string): { name: string; parameter: string | undefined; rest: string } {
  const [, name = '', parameter, rest = ''] =
    SHAPE.exec(text.replace(/^ +| +$/g, '').replace(/ +/g, ' ')) ?? [];
  return { name, parameter, rest };
}

function isWrittenAs(algorithm: Algorithm, parameter: string | undefined, rest: string): boolean {
  if (parameter === undefined && algorithm.parameterRequired === true) return false;
  if (parameter !== undefined && algorithm.parameter?.test(parameter) !== true) return false;
  return algorithm.arguments === undefined ? rest === '' : algorithm.arguments.test(rest);
}

function whyUnknown(text: string): string {
  const names = Object.keys(ALGORITHMS);
  const nearest = suggestWord(text.trim().split(/[ (]/)[0] ?? '', names);
  return nearest === undefined
    ? `must be one of ${names.join(', ')}`
    : `must be an algorithm HAProxy knows; did you mean ${quoteUserText(nearest)}?`;
}
