import { MAX_TEXT_BYTES, MAX_VALUE_BYTES } from '@kubefigurator/etcd-store';
import { excessesOfHosts } from '@kubefigurator/haproxy-config';

/** How much of one limit a published text uses. */
export interface RoomUse {
  /** As the metric names it. */
  readonly limit: string;
  readonly count: number;
  readonly most: number;
  /** What is counted, and who takes no more of it. */
  readonly unit: string;
}

/**
 * What a published text uses of etcd's limit and of the hosts' limit of bytes. Other limits of the hosts are only
 * listed if the text uses more than `part` of them, since counting takes long; limits of single sections never.
 * `bytes` is the size of the stored value. A text that is stored plain counts as 0 for etcd's limit: if it grew too
 * large, it would be gzipped.
 */
export function roomUsesOf(
  { text, bytes: stored }: { readonly text: string; readonly bytes: number },
  part: number,
): readonly RoomUse[] {
  const plainBytes = Buffer.byteLength(text);
  const isGzipped = stored < plainBytes;
  const ofHosts = excessesOfHosts(text, part).flatMap(({ resource, count, most, unit, perSection }) =>
    perSection === true ? [] : [{ limit: resource, count, most, unit }],
  );
  return [
    {
      limit: 'etcd-value',
      count: isGzipped ? stored : 0,
      most: MAX_VALUE_BYTES,
      unit: 'bytes, gzipped, that one value of etcd takes',
    },
    { limit: 'unpacked-bytes', count: plainBytes, most: MAX_TEXT_BYTES, unit: 'bytes that the hosts unpack' },
    ...ofHosts,
  ];
}

/** Those of which more than a part is used. */
export function nearlyFull(uses: readonly RoomUse[], part: number): readonly RoomUse[] {
  return uses.filter(({ count, most }) => count > part * most);
}
