import type { ConfigStore, Reading } from '@kubefigurator/etcd-store';
import { standingTextIn } from '../publish/key-state.ts';
import { createPins, type KnownPin } from '../publish/pin/pins.ts';

/** The text whose claims come first, as a producer that starts now finds it, and what is pinned. */
export interface Standing {
  readonly text: string | undefined;
  readonly pin: KnownPin;
}

/** Throws OperatorError. */
export async function readStanding(
  store: Pick<ConfigStore, 'key' | 'readPin' | 'readHistoryText'>,
  reading: Reading,
): Promise<Standing> {
  const pins = createPins(store);
  const pin = await pins.current();
  return { text: (await pins.textBefore(reading)) ?? standingTextIn(reading), pin };
}
