import { compareText } from '@kubefigurator/config-model';
import type { ServiceRecord } from '@kubefigurator/translator';
import { haveSameDemand } from './demand.ts';
import {
  hasToken,
  isUnlimited,
  type PaceOptions,
  refillTokens,
  type Tokens,
  waitForTokens,
} from './tokens.ts';

/** What is known when a pass begins. */
export interface Pace {
  /** The Services as they were last published. */
  readonly admitted: readonly ServiceRecord[];
  /** By namespace, for those that have fewer publications left than the burst. */
  readonly buckets: ReadonlyMap<string, Bucket>;
}

/** How many publications a namespace has left. */
interface Bucket extends Tokens {
  /** Names of Services whose changes have waited since the namespace last had a publication left over. */
  readonly delayed: ReadonlySet<string>;
}

/** Which Services a pass publishes. */
export interface Admission {
  readonly services: readonly ServiceRecord[];
  /** Namespaces with a change that waits. */
  readonly waiting: readonly string[];
  /** By namespace that changes too often: names of Services (20 at most) whose changes wait, or waited until lately. */
  readonly delayed: ReadonlyMap<string, ReadonlySet<string>>;
  /** In how many milliseconds another pass is needed; undefined if none is. */
  readonly waitMs: number | undefined;
  /** What is known once the Services are published. */
  readonly next: Pace;
}

/** So many Services of a namespace are named at most, so that a namespace with thousands doesn't fill the log. */
const MOST_NAMED = 20;

/**
 * Which Services are published now. A namespace whose Services changed pays with one of its publications, however many
 * of them changed. If it has none left, all of its Services stay as they were: some may belong together, and publishing
 * only a part would mix old and new ones. Changes that need no reload count, too: each publication is a revision in etcd
 * and work for all hosts. Everything is published as long as nothing was published before, or only one namespace has
 * Services.
 */
export function admitServices(
  pace: Pace | undefined,
  services: readonly ServiceRecord[],
  options: PaceOptions,
): Admission {
  if (pace === undefined || isUnlimited(options.limits)) return admitAllServices(services);
  const firstNamespace = services[0]?.namespace;
  const isAlone = areAllOf(firstNamespace, services) && areAllOf(firstNamespace, pace.admitted);
  if (isAlone && pace.buckets.size === 0) return admitAllServices(services);
  const touched = touchedNamespaces(pace, services);
  if (touched.size === 0) return admitAllServices(services);
  const isTouched = ({ namespace }: ServiceRecord): boolean => touched.has(namespace);
  const before = byNamespace(pace.admitted.filter(isTouched));
  const after = byNamespace(services.filter(isTouched));
  const judged = [...touched].map((namespace) =>
    judge({
      namespace,
      before: before.get(namespace) ?? NONE,
      after: after.get(namespace) ?? NONE,
      hasOthers: [services, pace.admitted].some((all) => all.some((one) => one.namespace !== namespace)),
      bucket: refill(pace.buckets.get(namespace), options),
    }),
  );
  const isPublished = judged.every(({ isWaiting }) => !isWaiting);
  const admitted = isPublished
    ? services
    : [...services.filter((one) => !isTouched(one)), ...judged.flatMap((each) => each.services)];
  return composeAdmission(admitted, judged, options);
}

/** Publishes everything, and gives each namespace its whole burst again. */
export function admitAllServices(services: readonly ServiceRecord[]): Admission {
  const next = { admitted: services, buckets: new Map() };
  return { services, waiting: [], delayed: new Map(), waitMs: undefined, next };
}

function areAllOf(namespace: string | undefined, services: readonly ServiceRecord[]): boolean {
  return services.every((service) => service.namespace === namespace);
}

/**
 * Namespaces with a record that isn't the same object as before, and those with a bucket. Records are never changed in
 * place, so in all others everything is as it was. Most passes compare each Service once and end here.
 */
function touchedNamespaces({ admitted, buckets }: Pace, services: readonly ServiceRecord[]): Set<string> {
  const isSame =
    admitted.length === services.length && admitted.every((one, index) => one === services[index]);
  if (isSame) return new Set(buckets.keys());
  const [old, now] = [new Set(admitted), new Set(services)];
  const changed = [...services.filter((one) => !old.has(one)), ...admitted.filter((one) => !now.has(one))];
  return new Set([...changed.map(({ namespace }) => namespace), ...buckets.keys()]);
}

/** The Services of a namespace by name. No source gives a name twice; if one did, the second key would get a number. */
type Services = ReadonlyMap<string, ServiceRecord>;
const NONE: Services = new Map();

function byNamespace(services: readonly ServiceRecord[]): ReadonlyMap<string, Services> {
  const namespaces = new Map<string, Map<string, ServiceRecord>>();
  for (const service of services) {
    const { namespace, name } = service;
    const own = namespaces.get(namespace) ?? new Map<string, ServiceRecord>();
    namespaces.set(namespace, own);
    own.set(own.has(name) ? `${name} ${String(own.size)}` : name, service);
  }
  return namespaces;
}

/** A namespace whose changes are to be judged. */
interface Changed {
  readonly namespace: string;
  readonly before: Services;
  readonly after: Services;
  /** Whether another namespace has Services, which reloads could disturb. */
  readonly hasOthers: boolean;
  readonly bucket: Bucket;
}

interface Judged {
  readonly namespace: string;
  readonly services: readonly ServiceRecord[];
  readonly isWaiting: boolean;
  readonly bucket: Bucket;
}

function judge({ namespace, before, after, hasOthers, bucket }: Changed): Judged {
  const changes = changesOf(before, after);
  /** In tokens. */
  const price = hasOthers && changes.names.length > 0 ? 1 : 0;
  if (price === 0 || hasToken(bucket)) {
    const tokens = bucket.tokens - price;
    const delayed = hasToken({ ...bucket, tokens }) ? NOBODY : stillThere(bucket.delayed, after);
    const settled = { ...bucket, tokens, delayed };
    return { namespace, services: [...after.values()], isWaiting: false, bucket: settled };
  }
  const names = [...stillThere(bucket.delayed, after), ...changes.names.filter((name) => after.has(name))];
  const waitingBucket = { ...bucket, delayed: new Set([...new Set(names)].slice(0, MOST_NAMED)) };
  return { namespace, services: changes.held, isWaiting: true, bucket: waitingBucket };
}

const NOBODY: ReadonlySet<string> = new Set();

function stillThere(names: ReadonlySet<string>, services: Services): ReadonlySet<string> {
  return new Set([...names].filter((name) => services.has(name)));
}

interface Changes {
  /** Names of Services that were created, were deleted, or ask for something else, in order. */
  readonly names: readonly string[];
  /** The Services without these changes, but with those that ask for the same as before. */
  readonly held: readonly ServiceRecord[];
}

function changesOf(before: Services, after: Services): Changes {
  const names: string[] = [];
  const held: ServiceRecord[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(name), after.get(name)];
    const isSame = haveSameDemand(old, now);
    if (!isSame) names.push(name);
    const record = isSame ? now : old;
    if (record !== undefined) held.push(record);
  }
  return { names: names.sort(compareText), held };
}

function refill(bucket: Bucket | undefined, options: PaceOptions): Bucket {
  return { ...refillTokens(bucket, options), delayed: bucket?.delayed ?? NOBODY };
}

function composeAdmission(
  services: readonly ServiceRecord[],
  judged: readonly Judged[],
  { limits }: PaceOptions,
): Admission {
  const slow = judged.filter(({ bucket }) => bucket.delayed.size > 0);
  const waiting = judged.filter(({ isWaiting }) => isWaiting);
  // Until each of them has one whole publication.
  const waits = [...new Set([...slow, ...waiting])].map(({ bucket }) => bucket);
  const belowBurst = judged.filter(({ bucket }) => bucket.tokens < limits.burst || bucket.delayed.size > 0);
  const buckets = new Map(belowBurst.map(({ namespace, bucket }) => [namespace, bucket]));
  return {
    services,
    waiting: waiting.map(({ namespace }) => namespace),
    delayed: new Map(slow.map(({ namespace, bucket }) => [namespace, bucket.delayed])),
    waitMs: waitForTokens(waits, limits),
    next: { admitted: services, buckets },
  };
}
