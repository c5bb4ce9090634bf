import type { LineWords } from '@kubefigurator/config-model';

/** Directives that run code, fork, or read state from elsewhere; HAProxy's own global ones included, whatever the section. */
const REFUSED_DIRECTIVES: ReadonlySet<string> = new Set([
  'chroot',
  'external-check',
  'insecure-fork-wanted',
  'insecure-setuid-wanted',
  'load-server-state-from-file',
  'lua-load',
  'lua-load-per-thread',
  'lua-prepend-path',
  'presetenv',
  'server-state-file-name',
  'set-dumpable',
  'setenv',
]);

/** `option <name>` that does the same. */
const REFUSED_OPTIONS: ReadonlySet<string> = new Set(['external-check']);

/** Words whose next word is a file, on any line. */
const FILE_WORDS: ReadonlySet<string> = new Set([
  '-f',
  'ca-file',
  'ca-sign-file',
  'ca-verify-file',
  'client-crt',
  'crl-file',
  'crt',
  'crt-list',
  'tls-ticket-keys',
]);

/** Words whose next word is a file, on lines that begin with one of these. */
const FILE_WORDS_BY_DIRECTIVE: readonly {
  readonly directives: RegExp;
  readonly words: ReadonlySet<string>;
}[] = [
  { directives: /^(http|tcp)-/, words: new Set(['file', 'lf-file', 'errorfile']) },
  { directives: /^filter$/, words: new Set(['config']) },
];

/** Actions, converters and fetches that name a file in parentheses. */
const FILE_ARGUMENT =
  /(?:^|[^A-Za-z0-9_])(?:map(?:_[a-z0-9_]+)?|(?:set|del)-map|(?:add|del)-acl|jwt_verify)\(([^)]*)\)?/g;
const ENVIRONMENT_FETCH = /(?:^|[^A-Za-z0-9_.-])env\(/;

/** Addresses that are no network address: they would reach the host's own sockets, HAProxy's master among them. */
const LOCAL_SOCKET =
  /^(?:\/|(?:unix|uxst|uxdg|uxdgsock|abns|abnsz|fd|sockpair)@|(?:quic|stream|dgram)?\+?(?:unix|abns|abnsz)@)/i;
const ADDRESS_WORDS: ReadonlyMap<string, number> = new Map([
  ['bind', 1],
  ['peer', 2],
  ['server', 2],
  ['server-template', 3],
]);

/** What the gate holds against one line, in words; empty for a good line. */
export function findingsOnLine(line: LineWords, fileFolders: readonly string[]): string[] {
  const [directive = ''] = line.words;
  const findings: string[] = [];
  if (line.unterminated) findings.push('a quote is never closed, or the line ends in a backslash');
  if (line.expandsEnvironment)
    findings.push('environment variables of the host are not put into a published text');
  if (directive.startsWith('.')) findings.push(`"${directive}": conditional blocks are not allowed here`);
  if (REFUSED_DIRECTIVES.has(directive)) findings.push(`"${directive}" is not allowed here`);
  if (isRefusedOption(line.words)) findings.push(`"option ${line.words[1] ?? ''}" is not allowed here`);
  if (line.words.some((word) => ENVIRONMENT_FETCH.test(word))) {
    findings.push('env(): the environment of the host is not published');
  }
  return [...findings, ...localSockets(line.words), ...foreignFiles(line.words, fileFolders)];
}

function isRefusedOption(words: readonly string[]): boolean {
  const [first, second = '', third = ''] = words;
  const option = first === 'no' || first === 'default' ? third : second;
  return (first === 'option' || second === 'option') && REFUSED_OPTIONS.has(option);
}

function localSockets(words: readonly string[]): string[] {
  return addressesNamed(words)
    .filter((address) => LOCAL_SOCKET.test(address))
    .map((address) => `"${address}" is a socket of this host, not a network address`);
}

function addressesNamed(words: readonly string[]): string[] {
  const [directive = '', second = ''] = words;
  if (directive === 'log') return second === '/dev/log' ? [] : [second];
  const position = ADDRESS_WORDS.get(directive);
  const own = position === undefined ? [] : (words[position] ?? '').split(',');
  const checked = words.indexOf('addr');
  return checked > 0 ? [...own, words[checked + 1] ?? ''] : own;
}

function foreignFiles(words: readonly string[], folders: readonly string[]): string[] {
  return filesNamed(words)
    .filter((file) => !isAllowedFile(file, folders))
    .map((file) => `file "${file}" is outside of ${folders.join(', ')} (--certificate-dir)`);
}

function filesNamed(words: readonly string[]): string[] {
  const [directive = ''] = words;
  const files: string[] = [];
  if (directive === 'errorfile') files.push(words[2] ?? '');
  words.forEach((word, index) => {
    if (index > 0 && takesFile(directive, word) && words[index + 1] !== undefined)
      files.push(words[index + 1] ?? '');
    if (word.includes('(')) files.push(...fileArguments(word));
  });
  return files;
}

function takesFile(directive: string, word: string): boolean {
  if (FILE_WORDS.has(word)) return true;
  return FILE_WORDS_BY_DIRECTIVE.some((rule) => rule.directives.test(directive) && rule.words.has(word));
}

function fileArguments(word: string): string[] {
  return [...word.matchAll(FILE_ARGUMENT)].map((match) => {
    const parts = (match[1] ?? '').split(',');
    return ((match[0].includes('jwt_verify(') ? parts[1] : parts[0]) ?? '').trim();
  });
}

/** `@system-ca`, `@store/…`, or an absolute path below one of the folders without any `..`. */
function isAllowedFile(file: string, folders: readonly string[]): boolean {
  if (/^@[A-Za-z0-9_-]+(\/[A-Za-z0-9_.-]+)?$/.test(file)) return true;
  if (/["'\\]/.test(file) || file.split('/').includes('..')) return false;
  return folders.some((folder) => {
    const base = folder.replace(/\/+$/, '');
    return file === base || file.startsWith(`${base}/`);
  });
}
