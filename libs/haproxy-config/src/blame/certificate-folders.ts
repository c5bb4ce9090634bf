import type { CertificateFile } from '@kubefigurator/config-model';
import { splitWords, wordSpans } from '../parse/words.ts';

/** Extensions of the files that HAProxy reads beside a certificate, under the certificate's name. */
const BESIDE = /\.(?:key|ocsp|issuer|sctl)$/;
/** The name of a stand-in, a folder of ours that replaces another folder: the encoded path of that folder and a digest. */
const STAND_IN = /\/([A-Za-z0-9_.%-]+)@([0-9a-f]{16})$/;

/** The name of the stand-in for a folder; `digest` is 16 hex digits of a hash over the names of the files in the stand-in. */
export function standInName(folder: string, digest: string): string {
  const coded = encodeURIComponent(folder).replace(
    /[!'()*~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${coded}@${digest}`;
}

/** The folder that a stand-in replaces; any other path is returned as it is. Trailing slashes are ignored, as in HAProxy. */
export function folderMeant(path: string): string {
  const plain = withoutSlashes(path);
  const coded = STAND_IN.exec(plain)?.[1];
  if (coded === undefined) return plain;
  try {
    return decodeURIComponent(coded);
  } catch {
    return plain;
  }
}

function withoutSlashes(path: string): string {
  // A regular expression would need the square of the time for slashes in the middle of a path.
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The message with the original folders instead of their stand-ins. */
export function withFoldersMeant(message: string, words: readonly string[]): string {
  return crtValues(words).reduce((text, value) => {
    return text.replaceAll(`${withoutSlashes(value)}/`, `${folderMeant(value)}/`);
  }, message);
}

/** The file that a message about a `bind` line means, if that line names the file's folder. */
export function refusedFile(message: string, words: readonly string[]): CertificateFile | undefined {
  for (const folder of crtValues(words).map(folderMeant)) {
    const at = message.indexOf(`'${folder}/`);
    const end = message.indexOf("'", at + folder.length + 2);
    const name = at < 0 || end < 0 ? '' : message.slice(at + folder.length + 2, end);
    if (name !== '' && !name.includes('/')) return { folder, name: name.replace(BESIDE, '') };
  }
  return undefined;
}

/** Whether HAProxy would read a file of a folder of certificates, by its name. */
export function isReadFromFolder(name: string): boolean {
  return !name.startsWith('.');
}

function crtValues(words: readonly string[]): string[] {
  return words[0] === 'bind' ? words.filter((_, index) => words[index - 1] === 'crt') : [];
}

/**
 * The text with the folders on its `bind` lines replaced by their stand-ins, and without the refused files that a line
 * names itself, such as a default certificate.
 */
export function withStandIns(
  text: string,
  standIns: ReadonlyMap<string, string>,
  refused: readonly CertificateFile[],
): string {
  if (standIns.size === 0) return text;
  const gone = new Set(refused.map(({ folder, name }) => `${folder}/${name}`));
  return text
    .split('\n')
    .map((line) => (/\bcrt\b/.test(line) ? replaceOnLine(line, standIns, gone) : line))
    .join('\n');
}

function replaceOnLine(
  line: string,
  standIns: ReadonlyMap<string, string>,
  gone: ReadonlySet<string>,
): string {
  const { words } = splitWords(line);
  const spans = wordSpans(line);
  let result = line;
  for (let index = words.length - 1; words[0] === 'bind' && index > 2; index -= 1) {
    const [option, value] = [spans[index - 1], spans[index]];
    const word = words[index] ?? '';
    if (words[index - 1] !== 'crt' || option === undefined || value === undefined) continue;
    const standIn = standIns.get(folderMeant(word));
    if (standIn !== undefined) result = result.slice(0, value.start) + standIn + result.slice(value.end);
    else if (gone.has(word)) result = result.slice(0, option.start) + result.slice(value.end).trimStart();
  }
  return result;
}
