import { describeSignature, parseSignature, type Signature } from '../guard/held-record.ts';
import { isRevision } from '../history/history-record.ts';
import { isJsonObject, parseJsonObject } from '../json-object.ts';
import { isTextHash } from '../is-text-hash.ts';

/** A text of the history. */
export interface TextRef {
  /** The revision of its publication. */
  readonly revision: string;
  /** SHA-256 in hex; a text of this revision with another hash is not the one that is meant. */
  readonly hash: string;
}

/** What the key of a pin says. */
export interface PinMarker {
  /** `unpinned`: publications go on, and the first one deletes the key. */
  readonly kind: 'pinned' | 'unpinned';
  /** The pinned text; undefined if that can't be read. */
  readonly text: TextRef | undefined;
  /** The text that stood before; undefined if there was none, or that can't be read. */
  readonly before: TextRef | undefined;
  /** Who has pinned or unpinned it, when and why. */
  readonly signature: Signature;
}

export function formatPinMarker({ kind, text, before, signature }: PinMarker): string {
  return JSON.stringify({ state: kind, ...signature, text, before });
}

/** Reads a marker. Whatever can't be read pins: a person has put something there so that nothing is published. */
export function parsePinMarker(value: string): PinMarker {
  const { state, text, before } = parseJsonObject(value);
  return {
    kind: state === 'unpinned' ? 'unpinned' : 'pinned',
    text: parseTextRef(text),
    before: parseTextRef(before),
    signature: parseSignature(value),
  };
}

function parseTextRef(value: unknown): TextRef | undefined {
  if (!isJsonObject(value)) return undefined;
  const { revision, hash } = value;
  return typeof revision === 'string' && isRevision(revision) && isTextHash(hash)
    ? { revision, hash }
    : undefined;
}

/** `pinned to revision 42 by ann@desk since …: why`, for people and for the log. */
export function describePin({ text, signature }: PinMarker): string {
  const what = text === undefined ? 'a text that its marker doesn’t name' : `revision ${text.revision}`;
  return `pinned to ${what} ${describeSignature(signature)}`;
}
