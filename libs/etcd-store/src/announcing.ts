/** How often and how long, in milliseconds. */
export interface AnnouncerPace {
  /** Between two writes of the status. */
  readonly writeMs: number;
  /** Between two beats of the presence, a third of its time to live. */
  readonly beatMs: number;
  /** Between two looks whether etcd still holds what was written. */
  readonly verifyMs: number;
  /** Before a role that may not write is tried again. */
  readonly deniedMs: number;
}

/** Tells a failure and gives true where etcd says that we may not; undefined means that it went well. */
export type Teller = (failure: unknown) => boolean;
