import type { LeasePace } from '../lease/leased-key.ts';

/** How often a host writes, in milliseconds. */
export interface AnnouncerPace extends LeasePace {
  /** Between two writes of the status. */
  readonly writeMs: number;
}
