import { OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, PublicationTerms, PublishResult, Reading } from '@kubefigurator/etcd-store';
import type { PathOwner } from '../owner/path-owner.ts';
import type { Pins } from './pins.ts';

export interface PutBackParts {
  readonly store: Pick<ConfigStore, 'key' | 'publish'>;
  readonly pathOwner: PathOwner;
  readonly pins: Pins;
  readonly leader: PublicationTerms['leader'];
}

/** Writes the pinned text over what the key holds, as long as its marker stays and this producer leads. Throws OperatorError. */
export async function putPinnedBack(
  { store, pathOwner, pins, leader }: PutBackParts,
  text: string,
  seen: Reading,
): Promise<PublishResult> {
  const [owner, { revision }] = [await pathOwner.terms(), await pins.current()];
  const result = await store.publish(text, seen, {
    ...(leader && { leader }),
    // A pin gives the path to nobody: whose it is is only compared.
    ...(owner && { owner: { seen: owner.seen, put: undefined } }),
    pin: { revision, then: 'stays' },
  });
  if (result.kind === 'pinned') pins.notice(result.pin);
  if (result.kind === 'disowned') pathOwner.notice(result.owner);
  return result;
}

/** For the results that leave the key as it is, but those that every publication may have. */
export function changedMeanwhile(key: string): OperatorError {
  return new OperatorError(`${key} changes while the pinned text is put back`);
}
