import type { Reading } from '@kubefigurator/etcd-store';
import { createPins, type KnownPin, type PinSource } from '../publish/pin/pins.ts';
import { findStandingText, type StandingSource } from '../publish/standing-text.ts';

/** The text whose claims come first, as a producer that starts now finds it, and what is pinned. */
export interface Standing {
  readonly text: string | undefined;
  readonly pin: KnownPin;
}

/** Throws OperatorError. */
export async function readStanding(store: PinSource & StandingSource, reading: Reading): Promise<Standing> {
  const pins = createPins(store);
  const pin = await pins.current();
  const text = (await pins.textBefore(reading)) ?? (await findStandingText(store, reading))?.text;
  return { text, pin };
}
