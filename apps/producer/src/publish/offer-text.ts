import { OperatorError } from '@kubefigurator/daemon';
import type {
  ConfigStore,
  Obeyed,
  PublicationTerms,
  PublishResult,
  Reading,
} from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import { fencedError } from './leadership.ts';
import type { PathOwner } from './owner/path-owner.ts';
import { changedMeanwhileError, type Pins } from './pin/pins.ts';

export interface OfferParts {
  readonly store: Pick<ConfigStore, 'key'>;
  readonly write: ConfigStore['publish'];
  readonly pathOwner: PathOwner;
  readonly pins: Pins;
  /** As in `PublisherOptions`. */
  readonly lead: () => Pick<PublicationTerms, 'leader' | 'record'>;
  readonly onFenced?: () => void;
}

/** A text for the key, which holds `seen`: our own one, or the pinned one that somebody has overwritten. */
export type Offer =
  | { readonly kind: 'publication'; readonly text: string; readonly seen: Reading; readonly obeyed: Obeyed }
  | { readonly kind: 'pinned'; readonly text: string; readonly seen: Reading };

/** What an offer can end with. */
export type Offered = Extract<PublishResult, { kind: 'published' | 'unchanged' | 'conflict' }>;

const MOST_TRIES = 5;

/**
 * One transaction, or another one if the owner or the marker isn't as it was known and the text may be written all the same.
 * Throws an OperatorError with a code as `Publisher.publish` does.
 */
export async function offerText(parts: OfferParts, offer: Offer): Promise<Offered> {
  const { store, write, pathOwner, pins } = parts;
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const terms = await termsOf(parts, offer);
    const result = await write(offer.text, offer.seen, terms);
    switch (result.kind) {
      case 'disowned':
        pathOwner.notice(result.owner);
        break;
      case 'pinned':
        pins.notice(result.pin);
        break;
      case 'conflict':
        return result;
      case 'published':
      case 'unchanged':
        pathOwner.published(terms.owner);
        if (offer.kind === 'publication') pins.published();
        return result;
      case 'paused':
      case 'fenced':
        throw refusedError(parts, result);
    }
  }
  throw new OperatorError(`the owner of ${store.key}, or its pin, keeps changing`);
}

function termsOf(parts: OfferParts, offer: Offer): Promise<PublicationTerms> {
  return offer.kind === 'pinned' ? termsOfPinned(parts, offer.text) : termsOfOwn(parts, offer);
}

function refusedError(
  { store, onFenced }: OfferParts,
  result: Extract<PublishResult, { kind: 'paused' | 'fenced' }>,
): OperatorError {
  if (result.kind === 'paused') return pausedError(store.key);
  onFenced?.();
  return fencedError(store.key, result.leader);
}

async function termsOfOwn(
  { pathOwner, pins, lead }: OfferParts,
  { obeyed }: Extract<Offer, { kind: 'publication' }>,
): Promise<PublicationTerms> {
  const [owner, pin] = [await pathOwner.terms(), await pins.terms()];
  return { ...obeyed, ...lead(), ...(owner && { owner }), ...(pin && { pin }) };
}

/** A pin gives the path to nobody, and comes without a record: whose the path is is only compared. */
async function termsOfPinned(
  { store, pathOwner, pins, lead }: OfferParts,
  text: string,
): Promise<PublicationTerms> {
  const [owner, { revision, marker }] = [await pathOwner.terms(), await pins.current()];
  if (marker?.kind !== 'pinned' || marker.text?.hash !== hashOfText(text))
    throw changedMeanwhileError(store.key);
  const { leader } = lead();
  return {
    ...(leader && { leader }),
    ...(owner && { owner: { seen: owner.seen, put: undefined } }),
    pin: { revision, then: 'stays' },
  };
}

function pausedError(key: string): OperatorError {
  return new OperatorError(`publications to ${key} are paused`, {
    code: 'paused',
    hint: 'kubefigurator-producer held says by whom and why; resume ends it',
  });
}
