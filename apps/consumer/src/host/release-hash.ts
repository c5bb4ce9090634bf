import { createHash } from 'node:crypto';
import type { Release } from '@kubefigurator/haproxy-config';

/**
 * A text of megabytes takes milliseconds to hash, and every pass and status asks for the hash of the text in etcd and
 * of the text on disk. The text that was asked for last comes first here.
 */
const remembered: { readonly text: string; readonly hash: string }[] = [];
const MOST_REMEMBERED = 2;
/** In characters. */
const SHORTEST_REMEMBERED = 10_000;
/** After so many calls in a row with the same text, the other one is forgotten, so that it doesn't stay in memory. */
const FORGOTTEN_AFTER = 4;
let sameInARow = 0;

/**
 * SHA-256 of a text, in hex. That of dynamic.cfg identifies a release: the text names the files of the release, and
 * their names have the hashes of their contents.
 */
export function hashText(text: string): string {
  const index = remembered.findIndex((each) => each.text === text);
  const [found] = index < 0 ? [] : remembered.splice(index, 1);
  const entry = found ?? { text, hash: createHash('sha256').update(text).digest('hex') };
  if (found === undefined && text.length < SHORTEST_REMEMBERED) return entry.hash;
  remembered.unshift(entry);
  sameInARow = index === 0 ? sameInARow + 1 : 0;
  remembered.length = Math.min(remembered.length, sameInARow >= FORGOTTEN_AFTER ? 1 : MOST_REMEMBERED);
  return entry.hash;
}

/** The hash of the content, in hex, and an extension. */
const FILE_NAME = /^([0-9a-f]{64})\.[a-z0-9-]{1,20}$/;

/** True if the name has the form of a release's file name. */
export function isReleaseFileName(name: string): boolean {
  return FILE_NAME.test(name);
}

/** True if the hash in the name is the hash of the content. */
export function hasItsHash({ name, content }: Release['files'][number]): boolean {
  return FILE_NAME.exec(name)?.[1] === hashText(content);
}

/** As `hasItsHash`, for content that must not stay in memory, such as a private key. */
export function hasHashInName(name: string, content: Buffer): boolean {
  return FILE_NAME.exec(name)?.[1] === createHash('sha256').update(content).digest('hex');
}
