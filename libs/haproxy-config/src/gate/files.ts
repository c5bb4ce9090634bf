import type { OptionsRead } from './options.ts';
import { quoteConfigWord } from './quote.ts';

/** Folders whose files a text may name. */
export interface FileFolders {
  /** For `crt`, `ca-file` and similar options only: HAProxy never sends the content of these files to a client. */
  readonly certificates: readonly string[];
  /** For patterns, maps and answers. */
  readonly data: readonly string[];
}

/** The words before a certificate or a key on a `load` line of a crt-store. */
const LOADED: ReadonlySet<string> = new Set(['crt', 'issuer', 'key', 'ocsp', 'sctl']);
/** Actions that answer a request, possibly with the content of a file. */
const ANSWERING = /^(?:return|deny|tarpit|silent-drop|reject|auth)$/;
const ANSWER_FILES: ReadonlySet<string> = new Set(['errorfile', 'file', 'lf-file']);
/** Actions, converters and fetches whose first (for `jwt_verify`: second) argument is a file. */
const FILE_CALL =
  /(?:^|[^A-Za-z0-9_])(map(?:_[a-z0-9_]+)?|(?:set|del)-map|(?:add|del)-acl|jwt_(?:verify(?:_cert)?|decrypt_cert))\(/g;
/** The first argument and perhaps a second one, both without quotes, escapes and calls. */
const PLAIN_ARGUMENTS = /^([^,()"'\\%[\]]{0,255})(?:,([^,()"'\\%[\]]{0,255}))?[,)]/;

type FileKind = 'certificates' | 'data';

interface NamedFile {
  readonly file: string;
  readonly kind: FileKind;
}

/**
 * A crt-list must have `list` in its file name. HAProxy prints the first word of a file that it takes for a list, so a
 * text could make it print a part of a private key by naming the key as a list.
 */
const NAMED_AS_LIST = /list[^/]*$/i;

/** How much of a path a message shows, in characters. */
const LONGEST_FILE = 250;

/** Findings about the files that a line names. */
export function foreignFiles(
  words: readonly string[],
  options: OptionsRead | undefined,
  folders: FileFolders,
): string[] {
  const perhapsKeys = certificateLists(options)
    .filter((file) => !NAMED_AS_LIST.test(file))
    .map((file) => `file ${quoteConfigWord(file, LONGEST_FILE)}: a crt-list has "list" in its name`);
  const foreign = filesNamed(words, options)
    .filter(({ file, kind }) => !isAllowed(file, kind, folders))
    .map(({ file, kind }) => {
      const allowed =
        folders[kind].length === 0
          ? 'a published text may name no such file'
          : `a published text may name files below ${folders[kind].join(', ')} only`;
      const flag = kind === 'certificates' ? '--certificate-dir' : '--file-dir';
      return `file ${quoteConfigWord(file, LONGEST_FILE)}: ${allowed} (${flag})`;
    });
  return [...perhapsKeys, ...foreign];
}

function filesNamed(words: readonly string[], options: OptionsRead | undefined): NamedFile[] {
  const [directive = ''] = words;
  const own =
    directive === 'load' || options !== undefined
      ? tlsFiles(words, options)
      : [...answerFiles(words), ...patternFiles(words)];
  return [...own, ...argumentFiles(words)];
}

function tlsFiles(words: readonly string[], options: OptionsRead | undefined): NamedFile[] {
  const files =
    options?.given.flatMap(({ kind, value }) => (kind === 'file' ? (value ?? []) : [])) ??
    valuesAfter(words, 1, (word) => LOADED.has(word));
  return files.map((file) => ({ file, kind: 'certificates' }));
}

/** The values of `crt-list`. */
function certificateLists(options: OptionsRead | undefined): string[] {
  return options?.given.flatMap(({ option, value }) => (option === 'crt-list' ? (value ?? []) : [])) ?? [];
}

function answerFiles(words: readonly string[]): NamedFile[] {
  const [directive = '', action = ''] = words;
  if (directive === 'errorfile') return [{ file: words[2] ?? '', kind: 'data' }];
  const answers = directive === 'http-error' || (directive.startsWith('http-') && ANSWERING.test(action));
  const isFile = (word: string): boolean =>
    (answers && ANSWER_FILES.has(word)) || (directive === 'filter' && word === 'config');
  return valuesAfter(words, 1, isFile).map((file) => ({ file, kind: 'data' }));
}

/** `-f` takes patterns from a file in every condition, of an `acl` line or between braces. */
function patternFiles(words: readonly string[]): NamedFile[] {
  return valuesAfter(words, 1, (word) => word === '-f').map((file) => ({ file, kind: 'data' }));
}

/** Files that are arguments of a call, such as `map(/etc/haproxy/maps/hosts)`. */
function argumentFiles(words: readonly string[]): NamedFile[] {
  return words
    .filter((word) => word.includes('('))
    .flatMap((word) =>
      [...word.matchAll(FILE_CALL)].map((match): NamedFile => {
        const call = match[1] ?? '';
        const behindCall = word.slice(match.index + match[0].length);
        return { file: fileArgument(call, behindCall), kind: 'data' };
      }),
    );
}

/** The path in a call. If the argument isn't plain, the path isn't known: `…` is below no folder, so the call is refused. */
function fileArgument(call: string, behindCall: string): string {
  const [, first, second] = PLAIN_ARGUMENTS.exec(behindCall) ?? [];
  const file = call.startsWith('jwt_verify') ? second : first;
  return file === undefined ? `…${behindCall.slice(0, 60)}`.trim() : file.trim();
}

/** The word after each one that matches, from the word with index `from` on. */
function valuesAfter(words: readonly string[], from: number, matches: (word: string) => boolean): string[] {
  return words.flatMap((word, index) => {
    const value = words[index + 1];
    return index >= from && value !== undefined && matches(word) ? [value] : [];
  });
}

/** True for `@system-ca`, `@store/…`, and an absolute path below one of the folders without any `..`. */
function isAllowed(file: string, kind: FileKind, folders: FileFolders): boolean {
  if (kind === 'certificates' && /^@[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)?$/.test(file)) return true;
  // HAProxy resolves quotes and escapes of some arguments a second time, and would then open another file.
  if (/["'\\]/.test(file)) return false;
  return isWithinFolders(file, folders[kind]);
}

/** True for one of the folders and what lies below it; a path with `..` is never within them. */
export function isWithinFolders(path: string, folders: readonly string[]): boolean {
  if (path.split('/').includes('..')) return false;
  return folders.some((folder) => `${path}/`.startsWith(`${folder.replace(/\/$/, '')}/`));
}
