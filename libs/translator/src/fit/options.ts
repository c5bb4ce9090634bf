import type { Excess, TextLimit } from '@kubefigurator/haproxy-config';
import type { Claims } from '../claims/claims.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { Intent } from '../intent/intent.ts';
import type { NodePool } from '../servers/pooled-node.ts';
import type { Published } from './published.ts';
import type { BuiltText } from './search.ts';

/** Which Services were left out, by `serviceKey`. */
export interface LeftOutServices {
  /** Because their namespaces were over their share. */
  readonly forShare: ReadonlySet<string>;
  /** Because the text of all was too large. */
  readonly forRoom: ReadonlySet<string>;
}

export const NOTHING_LEFT_OUT: LeftOutServices = { forShare: new Set(), forRoom: new Set() };

export interface FitOptions<Built extends BuiltText> {
  readonly standing: StandingClaims;
  readonly published: Published;
  /** The nodes that take traffic, each of which is a server in every backend. */
  readonly nodes: NodePool;
  /** The names of the nodes that are servers in the text that stands published. */
  readonly standingNodes: () => ReadonlySet<string>;
  /** The part of each limit that one namespace may use, from 0 to 1, as soon as another one has Services too. */
  readonly namespaceShare: number;
  /** The limits of a text as a whole that can be estimated before it is written. */
  readonly limits: readonly TextLimit[];
  /** Whether the frontend of an address that a Service names also has the rules of those who listen on every address. */
  readonly repeatsRules: boolean;
  /** Decides who gets what of these intents; enough to estimate how large their text would be. */
  readonly claimAll: (intents: readonly Intent[]) => Claims;
  readonly buildText: (intents: readonly Intent[], nodes: NodePool) => Built;
  /**
   * What was left out in the pass before. The search for what to leave out begins there: mostly little has changed, and
   * each step of the search writes and compresses a text.
   */
  readonly leftOutBefore: LeftOutServices | undefined;
  /** The namespaces of which a guard holds something, which counts in their share. */
  readonly guardedNamespaces: ReadonlySet<string>;
  /**
   * The text of these intents of one namespace alone, as if nothing stood published; what a guard holds of the namespace
   * is in it.
   */
  readonly buildAlone: (intents: readonly Intent[]) => Built;
  /** The limits that a text exceeds if it may use `part` (0 to 1) of each; it may be published if none is exceeded with 1. */
  readonly excess: (built: Built, part: number) => readonly Excess[];
}
