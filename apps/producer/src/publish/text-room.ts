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
 * What a published text uses of etcd's limit and of the hosts' limit of bytes, and of each other limit of the hosts of which
 * it uses more than a part: to count what is far from its limit would take long. A text that is stored plain uses nothing of
 * etcd's limit, since it is gzipped once it is larger.
 */
export function roomUsesOf(
  { text, bytes: stored }: { readonly text: string; readonly bytes: number },
  part: number,
): readonly RoomUse[] {
  const bytes = Buffer.byteLength(text);
  const ofHosts = excessesOfHosts(text, part).flatMap(({ resource, count, most, unit, perSection }) =>
    perSection === true ? [] : [{ limit: resource, count, most, unit }],
  );
  return [
    {
      ...{ limit: 'etcd-value', count: stored < bytes ? stored : 0, most: MAX_VALUE_BYTES },
      unit: 'bytes, gzipped, that one value of etcd takes',
    },
    { limit: 'unpacked-bytes', count: bytes, most: MAX_TEXT_BYTES, unit: 'bytes that the hosts unpack' },
    ...ofHosts,
  ];
}

/** Those of which more than a part is used. */
export function nearlyFull(uses: readonly RoomUse[], part: number): readonly RoomUse[] {
  return uses.filter(({ count, most }) => count > part * most);
}
