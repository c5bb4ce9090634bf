import type { CertificateFile, SourceComment } from '@kubefigurator/config-model';
import type { CertificateWord } from '../parse/bind-certificates.ts';
import {
  bindsWithCertificates,
  certificateWords,
  isInCertificateFolder,
  certificateFolderPrefix,
} from '../parse/bind-certificates.ts';
import type { ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import type { ReleaseFile } from '../parse/release-file.ts';
import { splitWords, wordSpans } from '../parse/words.ts';
import type { CopiesInUse } from './certificate-copies.ts';

/** A folder of certificates as it is on a host. */
export interface CertificateFolder {
  /** The names of the files that HAProxy would read as certificates, sorted. */
  readonly certificates: readonly string[];
  /** The names of folders in it. HAProxy (2.6, 3.0, 3.2) reads forever if a list names one. */
  readonly folders: ReadonlySet<string>;
}

/** What a host knows about the folders of certificates that a text names. */
export interface ListFacts {
  /** The folder in which the files of a release lie. */
  readonly place: string;
  /** Those that exist, by their path without slashes at its end. */
  readonly folders: ReadonlyMap<string, CertificateFolder>;
  /** SHA-256 of a text in hex; it comes with the facts since this library uses nothing of Node. */
  readonly hash: (text: string) => string;
}

/** What lists are made from. */
export interface ListSources {
  readonly lists: ListFacts;
  readonly copies: CopiesInUse;
  /** Files that HAProxy refuses and that no Service asked for. */
  readonly refused: readonly CertificateFile[];
}

/** A text with lists instead of folders; `lineOf` has the line of the first `bind` that names each list. */
export interface ListedText {
  readonly text: string;
  readonly files: readonly ReleaseFile[];
  readonly lineOf: ReadonlyMap<string, number>;
}

/** The extension in the names of our lists. */
const EXTENSION = 'crt-list';
/** In a list a blank ends the path and a bracket begins options; quotes and backslashes are plain characters there. */
const LISTABLE = /^[^\s[]+$/;
const CONTROL = /[\n\r\t\v\f]/;

/**
 * Replaces each folder of certificates on a `bind` line by a list of the certificates in it that Services asked for, so
 * that another file in the folder neither stops HAProxy nor is served. If no comment names a certificate in the folder,
 * the list has all of its files, except refused ones. The lines stay where they are.
 */
export function replaceFoldersByLists({ text, config }: ParsedText, facts: ListSources): ListedText {
  const files = new Map<string, ReleaseFile>();
  const lineOf = new Map<string, number>();
  const changed = new Map<number, string>();
  for (const { number, raw, sources } of bindLines(config)) {
    const listed = listOnLine(raw, sources, facts);
    if (listed === undefined) continue;
    changed.set(number, listed.line);
    for (const file of listed.files.filter(({ name }) => !files.has(name))) {
      files.set(file.name, file);
      lineOf.set(file.name, number);
    }
  }
  return { text: replaceLines(text, changed), files: [...files.values()], lineOf };
}

function replaceLines(text: string, changed: ReadonlyMap<number, string>): string {
  if (changed.size === 0) return text;
  return text
    .split('\n')
    .map((line, index) => changed.get(index + 1) ?? line)
    .join('\n');
}

/** A `bind` line with certificates; `sources` are the comments above it, or those of its section. */
interface BindLine {
  readonly number: number;
  readonly raw: string;
  readonly sources: readonly SourceComment[];
}

/** The lines by text, since each pass lowers the same text again. */
const known = new WeakMap<ConfigText, readonly BindLine[]>();

function bindLines(config: ConfigText): readonly BindLine[] {
  const before = known.get(config);
  if (before !== undefined) return before;
  const lines = config.sections.flatMap(bindLinesOf);
  known.set(config, lines);
  return lines;
}

function bindLinesOf(section: ConfigSection): BindLine[] {
  const lines = bindsWithCertificates(section);
  const raws = lines.length === 0 ? [] : section.raw.split('\n');
  return lines.map(({ offset, sources }) => ({
    number: section.startLine + offset,
    raw: raws[offset] ?? '',
    sources,
  }));
}

/** The certificates in a folder that the comments of a line name, sorted by name. */
export function certificatesAskedInFolder(
  folder: string,
  sources: readonly SourceComment[],
): readonly string[] {
  const prefix = certificateFolderPrefix(folder);
  const asked = sources.flatMap(({ certificate = '' }) =>
    isInCertificateFolder(prefix, certificate) ? certificate : [],
  );
  return [...new Set(asked)].sort();
}

/** A certificate on a line, or a folder of them. */
interface PlacedWord {
  readonly word: string;
  /** Where it stands in the line, together with the `crt` before it. */
  readonly start: number;
  readonly end: number;
  /** Undefined for a single file; empty also for a folder whose files an earlier word stands for. */
  readonly paths: readonly string[] | undefined;
  /** True for such a folder: the list of the earlier word has its files, so this word is removed. */
  readonly isInEarlier: boolean;
}

/** The line with lists in place of its folders, and these lists; undefined if the line names no folder. */
function listOnLine(
  line: string,
  sources: readonly SourceComment[],
  facts: ListSources,
): { readonly line: string; readonly files: readonly ReleaseFile[] } | undefined {
  const certificates = wordsOnLine(line, sources, facts);
  if (!certificates.some(({ paths }) => paths !== undefined)) return undefined;
  const refused = refusedFiles(sources, facts);
  const isKept = (path: string): boolean => !refused.has(path);
  const isBindEmpty = !certificates.some(({ word, paths }) => (paths ?? [word]).some(isKept));
  const files: ReleaseFile[] = [];
  let result = line;
  // From the end of the line, so that the places of the words before stay right.
  for (const { word, paths, isInEarlier, start, end } of [...certificates].reverse()) {
    const rest = result.slice(end);
    const isRefusedFile = paths === undefined && !isKept(word);
    if (isInEarlier || isRefusedFile) result = result.slice(0, start) + rest.trimStart();
    if (isInEarlier || paths === undefined) continue;
    const { options, file } = makeList(paths.filter(isKept), facts);
    files.push(file);
    // A bind without any certificate keeps HAProxy from starting, unless it is told to refuse all handshakes.
    result = result.slice(0, start) + options + (isBindEmpty ? ' strict-sni' : '') + rest;
  }
  return { line: result.trimEnd(), files };
}

function wordsOnLine(
  line: string,
  sources: readonly SourceComment[],
  facts: ListSources,
): readonly PlacedWord[] {
  const { words } = splitWords(line);
  const spans = wordSpans(line);
  return certificateWords({ words, sources }).flatMap((named) => {
    const [option, value] = [spans[named.index - 1], spans[named.index]];
    if (option === undefined || value === undefined) return [];
    return [
      {
        word: words[named.index] ?? '',
        start: option.start,
        end: value.end,
        paths: pathsMeant(named, facts),
        isInEarlier: named.asked?.length === 0,
      },
    ];
  });
}

/**
 * The certificates that a word of a `bind` line stands for. Undefined if it is no folder on this host, and no comment
 * names a file below it: then it is taken for a single file.
 */
function pathsMeant(
  { path, asked }: CertificateWord,
  { lists: { folders }, copies }: ListSources,
): readonly string[] | undefined {
  if (asked !== undefined) return [...new Set(asked.flatMap(filesOf))];
  if (!folders.has(path)) return undefined;
  const prefix = certificateFolderPrefix(path);
  // A file that is gone from the folder is still served, from its copy.
  const copied = [...copies.keys()].filter((file) => isInCertificateFolder(prefix, file));
  return [...new Set([...filesIn(path), ...copied])].sort();

  /** The file itself, or the files in it if it is a folder: HAProxy never ends if a list names a folder. */
  function filesOf(file: string): readonly string[] {
    const parent = folders.get(file.slice(0, file.lastIndexOf('/')) || '/');
    const isFolder = parent?.folders.has(file.slice(file.lastIndexOf('/') + 1)) === true;
    return isFolder && !copies.has(file) ? filesIn(file) : [file];
  }

  function filesIn(folder: string): readonly string[] {
    return (folders.get(folder)?.certificates ?? []).map((name) => certificateFolderPrefix(folder) + name);
  }
}

/** Only files that no Service asked for: what a Service asked for is left out together with that Service. */
function refusedFiles(sources: readonly SourceComment[], { refused }: ListSources): ReadonlySet<string> {
  const asked = new Set(sources.map(({ certificate }) => certificate));
  return new Set(refused.map(({ folder, name }) => `${folder}/${name}`).filter((path) => !asked.has(path)));
}

/**
 * The list of these certificates, or of their copies, and the options that name it. A path that can't be in a list
 * gets a `crt` option of its own, except one with a control character, which is left out.
 */
function makeList(
  paths: readonly string[],
  { copies, lists: { place, hash } }: ListSources,
): { readonly options: string; readonly file: ReleaseFile } {
  const named = paths.map((path) => copies.get(path) ?? path);
  // HAProxy refuses a list without a line feed at its end.
  const content = named
    .filter((path) => LISTABLE.test(path))
    .map((path) => `${path}\n`)
    .join('');
  const name = `${hash(content)}.${EXTENSION}`;
  const others = named.filter((path) => !LISTABLE.test(path) && !CONTROL.test(path));
  const words = others.map((path) => `crt ${path.replace(/[ #\\'"]/g, '\\$&')}`);
  return { options: [`crt-list ${place}/${name}`, ...words].join(' '), file: { name, content } };
}
