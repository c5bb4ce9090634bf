import { createHash } from 'node:crypto';
import type { Release } from '@kubefigurator/haproxy-config';

/**
 * A text of megabytes takes milliseconds to hash, and every pass and status asks for the hash of the one that etcd has
 * and of the one on disk.
 */
const REMEMBERED = { texts: 2, minLength: 10_000 };
/** After so many calls in a row with the same text the other one is forgotten: it would stay in memory. */
const FORGOTTEN_AFTER = 4;
const remembered: { readonly text: string; readonly hash: string }[] = [];
let sameInARow = 0;

/**
 * SHA-256 of a text, in hex. That of dynamic.cfg identifies a release: the text names the files of the release, and
 * their names have the hashes of their contents.
 */
export function hashText(text: string): string {
  const [first] = remembered;
  const known = remembered.find((each) => each.text === text);
  if (known !== undefined) {
    sameInARow = known === first ? sameInARow + 1 : 0;
    if (known !== first) remembered.unshift(...remembered.splice(remembered.indexOf(known), 1));
    else if (sameInARow >= FORGOTTEN_AFTER) remembered.length = 1;
    return known.hash;
  }
  const hash = createHash('sha256').update(text).digest('hex');
  if (text.length >= REMEMBERED.minLength) {
    sameInARow = 0;
    remembered.unshift({ text, hash });
    remembered.length = Math.min(remembered.length, REMEMBERED.texts);
  }
  return hash;
}

const FILE_NAME = /^([0-9a-f]{64})\.[a-z0-9-]{1,20}$/;

/** True if the name has the form of a release's file name. */
export function isReleaseFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

/** True if the hash in the name is the hash of the content. */
export function hasItsHash({ name, content }: Release['files'][number]): boolean {
  return FILE_NAME.exec(name)?.[1] === hashText(content);
}
