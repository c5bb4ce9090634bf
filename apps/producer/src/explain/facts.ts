import type { RegisteredHost } from '@kubefigurator/etcd-store';
import { type ConfigText, parseConfigText } from '@kubefigurator/haproxy-config';
import type {
  ClusterSnapshot,
  ServiceRecord,
  StandingClaims,
  TranslatorSettings,
} from '@kubefigurator/translator';
import type { Compilation } from '../compile.ts';
import type { ServiceLoss } from '../publish/guard/decide.ts';
import type { Signature } from '../publish/guard/held-record.ts';
import { describePin, type PinMarker } from '../publish/pin/pin-marker.ts';
import { NOBODY_LEADS } from '../publish/lead.ts';
import type { PublishedExplanation } from './explanation.ts';

/** The text in etcd. */
export interface PublishedText {
  readonly revision: string;
  readonly text: string;
  /** SHA-256 in hex, as hosts report it. */
  readonly hash: string;
}

/** What a guard holds of the text in etcd, and what operators have said. */
export interface GuardFacts {
  readonly held: readonly ServiceLoss[];
  /** Since when a producer has held something, ISO 8601 in UTC. */
  readonly since: string | undefined;
  /** Who has stopped publications. */
  readonly pause: Signature | undefined;
  /** Who has pinned a text; undefined if nobody, or nobody any more. */
  readonly pin: PinMarker | undefined;
}

/** Who publishes. */
export interface LeadershipFacts {
  /** True if no producer leads although one has published last. */
  readonly isLeaderMissing: boolean;
  /** The other cluster to which the path belongs, in words; undefined if none is known. */
  readonly otherOwner: string | undefined;
}

/** Everything that was read, once. */
export interface Observed {
  /** All Services and Nodes that were listed, also those that nobody asks to serve. */
  readonly snapshot: ClusterSnapshot;
  readonly settings: TranslatorSettings;
  /** The namespaces that are observed; empty for all. */
  readonly namespaces: readonly string[];
  readonly compilation: Pick<Compilation, 'text' | 'diagnostics' | 'excesses' | 'parts'>;
  readonly guard: GuardFacts;
  readonly leadership: LeadershipFacts;
  /** What the text in etcd gives to whom. */
  readonly standing: StandingClaims;
  readonly key: string;
  /** The text, or why there is none. */
  readonly published: PublishedText | { readonly problem: string };
  readonly hosts: readonly RegisteredHost[];
}

/** What was read, with both texts parsed. */
export interface Facts extends Observed {
  /** What a compilation gives now. */
  readonly wanted: ConfigText;
  /** What etcd has; undefined if there is no text. */
  readonly current: ConfigText | undefined;
}

export function explanationFactsOf(observed: Observed): Facts {
  const { compilation, published } = observed;
  const wanted = parseConfigText(compilation.text);
  const current = 'text' in published ? parseConfigText(published.text, wanted) : undefined;
  return { ...observed, wanted, current };
}

/** The text in etcd, as an explanation shows it. */
export function explainPublished(observed: Observed): PublishedExplanation {
  const { key, published } = observed;
  if (!('text' in published)) return { key, problem: published.problem };
  const problem = whyNothing(observed, published.text);
  return { key, revision: published.revision, ...(problem === undefined ? {} : { problem }) };
}

/** Why no newer text would be published; undefined if one would be. */
function whyNothing(observed: Observed, published: string): string | undefined {
  const { compilation, leadership, key } = observed;
  const isChanged = compilation.text !== published;
  const { otherOwner, isLeaderMissing } = leadership;
  if (otherOwner !== undefined && isChanged)
    return `nothing of this cluster is published: ${key} belongs to ${otherOwner}`;
  return whyStopped(observed) ?? (isLeaderMissing && isChanged ? NOBODY_LEADS : undefined);
}

/** What stops publications whoever leads; undefined if nothing does. */
function whyStopped({ compilation, guard: { pause, pin } }: Observed): string | undefined {
  if (pin?.kind === 'pinned') return `nothing else is published: the text is ${describePin(pin)}`;
  const [excess] = compilation.excesses;
  if (excess !== undefined)
    return `nothing is published any more: the text would have ${excess.count} of the ${excess.most} ${excess.unit}`;
  if (pause === undefined) return undefined;
  const reason = pause.reason === '' ? '' : ` (${pause.reason})`;
  return `nothing is published any more: ${pause.by} has paused publications since ${pause.at}${reason}`;
}

/** When a Service was created, ISO 8601 in UTC; undefined if that isn't known. */
export function createdAtOf(service: ServiceRecord | undefined): string | undefined {
  if (service?.createdAt === undefined) return undefined;
  return new Date(service.createdAt * 1000).toISOString().replace('.000Z', 'Z');
}
