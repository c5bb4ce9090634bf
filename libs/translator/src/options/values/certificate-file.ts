import type { Parsed } from '../../diagnostics/parsed.ts';
import { acceptValue, refuseValue } from '../../diagnostics/parsed.ts';

/** A file or folder name that needs no quotes in HAProxy's config; `.` and `..` are refused. */
const SEGMENT = /^(?!\.{1,2}$)[A-Za-z0-9._*@+=:-]{1,255}$/;
/** In characters. */
const LONGEST = 1024;

/** Reads the path of a file below the certificate folder: without `..`, and of characters that need no quotes. */
export function parseCertificateFile(text: string): Parsed<string> {
  if (isPlainPath(text)) return acceptValue(text);
  if (text.startsWith('/'))
    return refuseValue('must be relative to the certificate folder, without "/" at its start');
  return refuseValue(
    'must be a file below the certificate folder: letters, digits and . _ - * @ + = : only, and no ".."',
  );
}

/** Reads the absolute path in a setting; it must need no quotes in HAProxy's config. A slash at its end is dropped. */
export function parseAbsolutePath(text: string): Parsed<string> {
  const path = text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
  return path.startsWith('/') && isPlainPath(path.slice(1))
    ? acceptValue(path)
    : refuseValue('must be an absolute path of letters, digits and . _ - * @ + = : only, without ".."');
}

function isPlainPath(path: string): boolean {
  return path.length <= LONGEST && path.split('/').every((segment) => SEGMENT.test(segment));
}

/** The absolute path of a file that is named relative to a folder; an absolute one stays. */
export function pathInFolder(folder: string, file: string): string {
  return file.startsWith('/') ? file : `${folder}/${file}`;
}

/**
 * True if a path of the published text is the one of this file. A path that isn't below the folder was published with
 * another certificate folder: there the end of the path decides.
 */
export function isPublishedFile(path: string, file: string, folder: string | undefined): boolean {
  if (file.startsWith('/')) return path === file;
  if (folder !== undefined && path.startsWith(`${folder}/`)) return path === pathInFolder(folder, file);
  return path.endsWith(`/${file}`);
}

/** The folder of an absolute path. */
export function folderOfPath(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
