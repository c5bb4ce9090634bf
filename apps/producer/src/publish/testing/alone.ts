import type { Leadership } from '../leadership.ts';

/** A producer that leads without an election. */
export const ALONE: Leadership = {
  part: () => Promise.resolve('lead'),
  condition: () => undefined,
  record: () => '{}',
  reconsider: () => undefined,
  leads: () => true,
  done: Promise.resolve(),
};
