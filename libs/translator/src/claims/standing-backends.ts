import type { SourceRef } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import type { ConfigSection } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { BackendIntent, Directive, ServerTls } from '../intent/intent.ts';
import { PLAIN_WORD } from '../intent/plain-word.ts';

/** The backend of a port as it stands published; undefined if there is none, or if it has no server or words that we never write. */
export type StandingBackends = (source: SourceRef) => BackendIntent | undefined;

export const NO_BACKENDS: StandingBackends = () => undefined;

/**
 * The backends of a text that the producer has published, as they were asked for. They are nine tenths of a text, so
 * the text is only read when the first backend is asked for, which happens only if something is too large.
 */
export function createStandingBackends(text: string | undefined): StandingBackends {
  if (text === undefined) return NO_BACKENDS;
  let known: ReadonlyMap<string, BackendIntent> | undefined;
  return (source) => {
    known ??= readBackends(text);
    return known.get(sourceKey(source));
  };
}

function readBackends(text: string): Map<string, BackendIntent> {
  const backends = new Map<string, BackendIntent>();
  for (const section of parseConfigText(beginnings(text)).sections) {
    const backend = section.keyword === 'backend' ? readBackend(section) : undefined;
    const [source] = section.head.sources;
    if (backend !== undefined && source !== undefined) backends.set(sourceKey(source), backend);
  }
  return backends;
}

const SECTION = '\n\n# service: ';
const SERVER = '\n  server ';

/** Each section with its first server only: the other servers of a backend have the same options. */
function beginnings(text: string): string {
  const pieces: string[] = [];
  for (let start = text.indexOf(SECTION); start >= 0;) {
    const next = text.indexOf(SECTION, start + 1);
    const end = next < 0 ? text.length : next;
    const server = text.indexOf(SERVER, start);
    const last = server < 0 || server >= end ? end : text.indexOf('\n', server + 1);
    pieces.push(text.slice(start, last < 0 ? end : last));
    start = next;
  }
  return `${pieces.join('')}\n`;
}

/** The beginnings of the lines that we write into backends besides what was asked for. */
const OURS = /^(?:mode |retries |option redispatch |http-request set-header X-Forwarded-Proto )/;

function readBackend({ lines }: ConfigSection): BackendIntent | undefined {
  const wordsOfLines = lines.map((line) => line.words);
  const balance = wordsOfLines.find(([directive]) => directive === 'balance')?.slice(1);
  // Without `server <name> <address>`.
  const serverOptions = wordsOfLines.find(([directive]) => directive === 'server')?.slice(3);
  if (balance === undefined || serverOptions === undefined || serverOptions.length === 0) return undefined;
  // A person may have edited the text.
  if (!wordsOfLines.flat().every((word) => PLAIN_WORD.test(word))) return undefined;
  const directives = wordsOfLines
    .filter(([first = '']) => first !== 'balance' && first !== 'server')
    .filter((line) => !OURS.test(`${line.join(' ')} `))
    .map((line): Directive => ({ words: line }));
  return {
    balance,
    tls: readTls(serverOptions),
    ...(serverOptions.includes('h2') ? { http2: true } : {}),
    directives,
  };
}

function readTls(words: readonly string[]): ServerTls | undefined {
  const wordAfter = (name: string): string | undefined =>
    words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
  const [caFile, name] = [wordAfter('ca-file'), wordAfter('check-sni')];
  if (!words.includes('ssl')) return undefined;
  return {
    verify: wordAfter('verify') === 'required' ? 'required' : 'none',
    ...(caFile === undefined ? {} : { caFile }),
    ...(name === undefined ? {} : { name }),
  };
}
