import { OperatorError } from '@kubefigurator/daemon';
import { excessOfStoredText, MAX_TEXT_BYTES } from '@kubefigurator/etcd-store';
import { excessesOfHosts, type Excess, TEXT_LIMITS, type TextLimit } from '@kubefigurator/haproxy-config';

/**
 * What a text exceeds if it may use `part` of each limit (1: all of it). If it exceeds no limit of the hosts, or only
 * those for what is new, etcd's limit of bytes is checked, too. A text without an excess at part 1 may be published.
 */
export function excessesOfCompilation({ text }: { readonly text: string }, part = 1): readonly Excess[] {
  const ofHosts = excessesOfHosts(text, part);
  const isTooLargeForHosts = ofHosts.some(({ onlyOfNew }) => onlyOfNew !== true);
  // To measure etcd's limit the text is gzipped, which takes long.
  if (isTooLargeForHosts) return ofHosts;
  const ofEtcd = excessOfStoredText(text, part);
  if (ofEtcd === undefined) return ofHosts;
  const { bytes, most, unit } = ofEtcd;
  return [...ofHosts, { resource: 'characters', count: bytes, most, part, unit }];
}

const ROOM_LIMITS: readonly TextLimit[] = [
  ...TEXT_LIMITS,
  { resource: 'characters', most: MAX_TEXT_BYTES, unit: 'bytes that the hosts unpack' },
];

/** How large a text may be, as `compile` takes it. */
export const ROOM = { excess: excessesOfCompilation, limits: ROOM_LIMITS };

/**
 * Throws an OperatorError for the first excess, if there is any: every host would refuse the text, or etcd wouldn't
 * take it.
 */
export function refuseExcess(excesses: readonly Excess[]): void {
  const [first] = excesses;
  if (first === undefined) return;
  const { count, most, unit } = first;
  throw new OperatorError(`the config text is too large: it has ${count} of the ${most} ${unit}`, {
    code: 'too-large',
    hint: 'publish fewer Services or nodes under this key',
  });
}
