import type { SourceRef } from '@kubefigurator/config-model';
import type { Intent } from '../intent/intent.ts';

/** An intent with the addresses of its bind. */
export interface PlacedIntent {
  readonly intent: Intent;
  /** Canonical and each once; one may be `*`. */
  readonly addresses: readonly string[];
}

/** An address that a pool gave to a source. */
export interface AddressAssignment {
  readonly source: SourceRef;
  readonly pool: string;
  readonly address: string;
}

/** Where every intent listens, in the order of the intents. */
export interface Placement {
  readonly placed: readonly PlacedIntent[];
  readonly assignments: readonly AddressAssignment[];
}

/** Gives every intent its addresses. No setting describes a pool yet, and no dialect asks for one. */
export function assign(intents: readonly Intent[]): Placement {
  return { placed: intents.map((intent) => ({ intent, addresses: addressesOf(intent) })), assignments: [] };
}

function addressesOf({ bind: { addresses }, source }: Intent): readonly string[] {
  if (addresses.kind === 'addresses') return addresses.addresses;
  throw new Error(
    `${source.namespace}/${source.service} asks for an address of a pool, and there is no pool`,
  );
}
