import type { OwnerReading, PinReading, Reading } from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import type { PinMarker } from './pin-marker.ts';

/** How the key compares with the text that is pinned. */
export type PinJudgement =
  | 'kept'
  /** Somebody has replaced the pinned text, so that it has to be put back. */
  | 'overwritten'
  /**
   * A producer that knows no pins has published since, after a downgrade: nobody has asked for the pinned text to replace that
   * newer one.
   */
  | 'left-behind'
  /** The marker doesn't say which text is pinned. */
  | 'unnamed';

/** What etcd held when the pin was judged. */
export interface PinEvidence {
  readonly marker: Pick<PinMarker, 'text'>;
  /** The mod_revision of the marker. */
  readonly markerRevision: PinReading['revision'];
  /** The record of the last publication; undefined if it isn't known. */
  readonly record: OwnerReading | undefined;
  /** The hash of the text under the key; undefined if there is none. */
  readonly hash: string | undefined;
}

/**
 * A producer that knows pins writes no record while a text is pinned, so that a record that is newer than the marker is another
 * one's. A text that was put by hand comes without a record.
 */
export function judgePin({ marker, markerRevision, record, hash }: PinEvidence): PinJudgement {
  if (marker.text === undefined) return 'unnamed';
  if (hash === marker.text.hash) return 'kept';
  const isPublishedOver = record !== undefined && BigInt(record.revision) > BigInt(markerRevision);
  return isPublishedOver ? 'left-behind' : 'overwritten';
}

/** True if the key holds what is pinned, or the marker doesn't say which text that is. */
export function holdsPinnedText({ text }: PinMarker, reading: Reading): boolean {
  if (text === undefined) return true;
  return hashInReading(reading) === text.hash;
}

/** The hash of the text under the key; undefined if there is none. */
export function hashInReading(reading: Reading): string | undefined {
  return reading.kind === 'published' ? hashOfText(reading.published.text) : undefined;
}

/** Why a pinned text isn't put back, and what ends that; undefined for one that is. */
export function describeUnrestored(
  judgement: PinJudgement | 'lost',
): { readonly reason: string; readonly hint: string } | undefined {
  switch (judgement) {
    case 'kept':
    case 'overwritten':
      return undefined;
    case 'left-behind':
      return {
        reason: 'a producer of a version that knows no pins has published over the pinned text',
        hint: 'unpin lets publications go on; pin, said again, brings the pinned text back',
      };
    case 'lost':
      return {
        reason: 'the history has lost the pinned text, and the key holds another one',
        hint: 'pin another revision, or unpin',
      };
    case 'unnamed':
      return {
        reason: 'the marker of the pin names no text that could be put back',
        hint: 'pin a revision, or unpin',
      };
  }
}
