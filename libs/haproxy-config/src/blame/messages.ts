import type { Blame, CertificateFile, SourceComment } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import { pathsInList } from '../parse/certificate-paths.ts';
import type { ConfigText, ParsedText } from '../parse/config-text.ts';
import { sourcesOfLine } from '../parse/config-text.ts';

/** `[ALERT] (pid) : config : parsing [file:line] : …`; `config :` and `parsing` may be missing. */
const ALERT = /^\[ALERT\]\s+\([^)]*\)\s+:\s+(?:config\s*:\s+)?(.*)$/;
const PLACE = /\[([^\]]+):(\d+)\]/;
const PROXY = /(?:frontend|backend|listen|proxy) '([^'\s]+)'/i;
const QUOTED = /'([^'\s]+)'/g;
const QUOTED_PATH = /'(\/[^']*)'/g;
/** A place in a list of certificates is taken out: the message names the certificate, too, and the list's name has a hash. */
const LIST_PLACE = /error processing line \d+ in file '[^']*\/[0-9a-f]{64}\.crt-list' : +/g;
/** HAProxy's summary lines, which add nothing to the errors before them. */
const CLOSING =
  /^(?:Error\(s\) found in configuration file|Fatal errors found in configuration|Some configuration files failed|(?:.* : )?too many fatal errors)/;

/**
 * What HAProxy's messages about a candidate mean: one entry per error, with the Services whose lines it names.
 * Without a message that can be read, one entry with the output (at most 2,000 characters), which names nobody.
 * `file` is the candidate's name in the messages; it is shown as `shownFile`.
 */
export function blameMessages(
  stderr: string,
  { config, files }: Pick<ParsedText, 'config' | 'files'>,
  names: { readonly file: string; readonly shownFile: string },
): Blame[] {
  const blame: Blame[] = [];
  for (const message of alertsOf(stderr)) {
    if (CLOSING.test(message)) continue;
    blame.push({
      ...sourcesOfMessage(message, { config, files, file: names.file }),
      message: message.replace(LIST_PLACE, '').replaceAll(names.file, names.shownFile),
    });
  }
  return blame.length > 0 ? blame : [{ sources: [], message: wholeOutput(stderr) }];
}

/** The texts of all alerts; newer versions of HAProxy continue a message on indented lines, which are joined. */
function alertsOf(stderr: string): string[] {
  const alerts: string[] = [];
  let isOpen = false;
  for (const line of stderr.split('\n')) {
    const begun = ALERT.exec(line)?.[1];
    if (begun !== undefined) alerts.push(begun.trim());
    else if (isOpen && /^\s+\S/.test(line)) alerts.push(`${alerts.pop() ?? ''} ${line.trim()}`);
    isOpen = begun !== undefined || (isOpen && /^\s/.test(line));
  }
  return alerts;
}

/** The words of the line that a message names; none if it names no line of this text. */
function wordsAt(message: string, config: ConfigText, file: string): readonly string[] {
  const place = PLACE.exec(message);
  if (place === null || place[1] !== file) return [];
  const number = Number(place[2]);
  const section = config.sections.findLast((each) => each.startLine + each.head.offset <= number);
  return section?.lines.find((each) => section.startLine + each.offset === number)?.words ?? [];
}

function wholeOutput(stderr: string): string {
  const text = stderr.trim();
  return text === '' ? 'HAProxy refused the config without a word' : text.slice(0, 2000);
}

function sourcesOfMessage(
  message: string,
  { config, files, file }: Pick<ParsedText, 'config' | 'files'> & { readonly file: string },
): Pick<Blame, 'sources' | 'shared' | 'file'> {
  const place = PLACE.exec(message);
  // A line of one of the host's own files is no Service's.
  if (place !== null && place[1] !== file) return { sources: [] };
  const sources = place === null ? sourcesOfProxy(message, config) : sourcesOfLine(config, Number(place[2]));
  const named = sourcesOfFile(message, sources);
  if (named.length > 0) return { sources: uniqueSources(named) };
  const refused = refusedFile(message, wordsAt(message, config, file), files);
  if (refused !== undefined) {
    const askers = uniqueSources(sources.filter(({ certificate }) => certificate === refused.folder));
    return { sources: askers, ...(askers.length > 0 && { shared: true as const }), file: refused };
  }
  const all = uniqueSources(sources);
  return all.length > 1 ? { sources: all, shared: true } : { sources: all };
}

/**
 * The certificate that a message means on a `bind` line that names a list, so that it can be left out of the list or of
 * the line. Undefined if the message quotes no certificate of this line.
 */
function refusedFile(
  message: string,
  words: readonly string[],
  files: ParsedText['files'],
): CertificateFile | undefined {
  if (words[0] !== 'bind') return undefined;
  const listed = words.flatMap((word) => pathsInList(word, files) ?? []);
  if (listed.length === 0) return undefined;
  const known = new Set([...listed, ...words.filter((_, index) => words[index - 1] === 'crt')]);
  const path = findByQuotedPath(message, (each) => (known.has(each) ? [each] : []))[0];
  if (path === undefined) return undefined;
  const end = path.lastIndexOf('/');
  return { folder: path.slice(0, end), name: path.slice(end + 1) };
}

/** The ends of the files that HAProxy reads beside a certificate; it doubles some of them in its messages. */
const BESIDE = /\.(?:key|ocsp|issuer|sctl|rsa|dsa|ecdsa)$/;
/** So many ends of one path are taken off, such as `.key.key`. */
const MOST_ENDS = 3;

/**
 * The ports whose certificate a message quotes: the very path, else the path without the ends that HAProxy adds. A path
 * that is only a part of the quoted one is another file, which somebody else may have named.
 */
function sourcesOfFile(message: string, sources: readonly SourceComment[]): readonly SourceComment[] {
  return findByQuotedPath(message, (path) => sources.filter(({ certificate }) => certificate === path));
}

/** True if a message quotes this file, or one that HAProxy reads beside it. */
export function quotesFile(message: string, file: string): boolean {
  return findByQuotedPath(message, (path) => (path === file ? [path] : [])).length > 0;
}

/** What is found for the paths that a message quotes, as they are or without the ends that HAProxy adds. */
function findByQuotedPath<Found>(
  message: string,
  find: (path: string) => readonly Found[],
): readonly Found[] {
  let paths = [...message.matchAll(QUOTED_PATH)].map(([, path = '']) => path);
  for (let ends = 0; ends <= MOST_ENDS; ends += 1) {
    const found = [...new Set(paths)].flatMap(find);
    if (found.length > 0) return found;
    paths = paths.filter((path) => BESIDE.test(path)).map((path) => path.replace(BESIDE, ''));
  }
  return [];
}

/** Errors that HAProxy finds after parsing have no line number, but quote the proxy and often the name that is missing. */
function sourcesOfProxy(message: string, config: ConfigText): readonly SourceComment[] {
  const words = [...message.matchAll(QUOTED)].map((match) => match[1] ?? '');
  const named = PROXY.exec(message)?.[1];
  const section = config.sections.find((each) =>
    named === undefined ? words.includes(each.name) : each.name === named,
  );
  if (section === undefined) return [];
  const lines = section.lines.filter((line) => line.words.slice(1).some((word) => words.includes(word)));
  return lines.length > 0 ? lines.flatMap((line) => line.sources) : section.head.sources;
}
