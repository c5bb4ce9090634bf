/** A text as etcd holds it. */
export interface Published {
  /** The key's mod_revision. */
  readonly revision: string;
  readonly text: string;
  /** Size of the stored value, in bytes; smaller than the text where it is compressed. */
  readonly bytes: number;
}

/** What one look at the key gave. */
export type Reading =
  | { readonly kind: 'published'; readonly published: Published }
  /** The key isn't there, which is never the same as an empty text. */
  | { readonly kind: 'missing'; readonly atRevision: string }
  /** Something is there that isn't text. */
  | { readonly kind: 'unreadable'; readonly revision: string; readonly reason: string };

export type PublishResult =
  | {
      readonly kind: 'published';
      readonly revision: string;
      readonly bytes: number;
      readonly compressed: boolean;
    }
  | { readonly kind: 'unchanged' }
  /** Somebody else wrote since `seen`; nothing was written. */
  | { readonly kind: 'conflict'; readonly current: Reading };

/** How the connection is, while following. */
export interface FollowState {
  readonly connected: boolean;
  /** Why not, in plain words. */
  readonly reason?: string;
  /** When etcd was last heard, by `performance.now()`, in milliseconds; undefined before the first time. */
  readonly lastProofOfLife: number | undefined;
}

export interface FollowOptions {
  /** Following ends when it is aborted. */
  readonly signal: AbortSignal;
  /** Called once for each change: another revision or another content. */
  readonly onReading: (reading: Reading) => void;
  /** Called when the connection or its reason changes, and at each proof of life. */
  readonly onState: (state: FollowState) => void;
}

/** The one key both programs meet at. */
export interface ConfigStore {
  /** The key, as plain words name it in messages. */
  readonly key: string;
  /** A linearizable look; throws OperatorError naming the hosts when etcd can't answer within 5 s. */
  read(): Promise<Reading>;
  /** Writes the text if the key is still as `seen`; unchanged text is never written. Throws OperatorError. */
  publish(text: string, seen: Reading): Promise<PublishResult>;
  /** Reports the key now and after each change, through every failure of etcd, until aborted; never throws for etcd's sake. */
  follow(options: FollowOptions): Promise<void>;
  close(): Promise<void>;
}
