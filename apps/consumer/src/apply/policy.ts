import type { Policy } from '@kubefigurator/rollout';
import { UNLIMITED } from '@kubefigurator/rollout';
import type { Host } from '../host/host.ts';

/** How a single pass is decided that a person asked for: it waits for no budget, and an edited file is overwritten. */
export function oneShotPolicy({ live, strict, reloadJitterMs }: Host): Policy {
  return { file: live.path, onDrift: 'ignore', strict, reloads: UNLIMITED, jitterMs: reloadJitterMs };
}
