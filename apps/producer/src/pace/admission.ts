import { compareText } from '@kubefigurator/config-model';
import type { ServiceRecord } from '@kubefigurator/translator';
import { haveSameDemand } from './demand.ts';

/** How often the changes of one namespace may be published. */
export interface PaceLimits {
  /** Publications that may follow each other at once; 0: no limit. */
  readonly burst: number;
  /** After the burst, one publication in this time, in milliseconds; 0: no limit. */
  readonly intervalMs: number;
}

/** What is known when a pass begins. */
export interface Pace {
  /** The Services of the last publication. */
  readonly admitted: readonly ServiceRecord[];
  /** The namespaces that have fewer publications left than the burst. */
  readonly buckets: ReadonlyMap<string, Bucket>;
}

interface Bucket {
  /** Publications that are left, when they were counted. Times are of the monotonic clock, in milliseconds. */
  readonly tokens: number;
  readonly countedAt: number;
  /** Names of Services whose changes waited since the namespace had a publication to spare. */
  readonly delayed: ReadonlySet<string>;
}

/** Which Services a pass publishes. */
export interface Admission {
  readonly services: readonly ServiceRecord[];
  /** Namespaces with a change that waits. */
  readonly waiting: readonly string[];
  /** For each namespace that changes too often, names of Services whose changes wait or did so just now; some of them if they are many. */
  readonly delayed: ReadonlyMap<string, ReadonlySet<string>>;
  /** In how many milliseconds another pass is due; undefined if none is. */
  readonly waitMs: number | undefined;
  /** What is known once the Services are published. */
  readonly next: Pace;
}

interface AdmitOptions {
  readonly limits: PaceLimits;
  /** Of the monotonic clock, in milliseconds. */
  readonly now: number;
}

/** So many Services of a namespace are named, so that one with thousands doesn't fill the log. */
const MOST_NAMED = 20;
/** Timers take no more than 24 days; a pass in between does no harm. */
const LONGEST_WAIT_MS = 86_400_000;
/** Times are fractions of a millisecond, which don't add up exactly. */
const ALMOST_ONE = 1 - 1e-6;

/**
 * Which Services are published now. A namespace whose Services changed pays with one publication of its own, however many
 * of them changed. If it has none left, all of its Services stay as they were: some of them may belong together, and to
 * publish each one when it can be would give pairs that nobody wrote. Changes without a reload count, too: each
 * publication is a revision in etcd and work for all hosts. Without an earlier pass everything is published, and so is what the only namespace with Services changes.
 */
export function admitServices(
  pace: Pace | undefined,
  services: readonly ServiceRecord[],
  options: AdmitOptions,
): Admission {
  const { burst, intervalMs } = options.limits;
  if (pace === undefined || burst === 0 || intervalMs === 0) return admitAllServices(services);
  const isAlone = isOfOneNamespace(services, services) && isOfOneNamespace(pace.admitted, services);
  if (isAlone && pace.buckets.size === 0) return admitAllServices(services);
  const touched = touchedNamespaces(pace, services);
  if (touched.size === 0) return admitAllServices(services);
  const isTouched = ({ namespace }: ServiceRecord): boolean => touched.has(namespace);
  const [before, after] = [pace.admitted, services].map((all) => byNamespace(all.filter(isTouched)));
  const judged = [...touched].map((namespace) =>
    judge({
      namespace,
      before: before?.get(namespace) ?? NONE,
      after: after?.get(namespace) ?? NONE,
      hasOthers: [services, pace.admitted].some((all) => all.some((one) => one.namespace !== namespace)),
      bucket: refill(pace.buckets.get(namespace), options),
    }),
  );
  const isPublished = judged.every(({ isWaiting }) => !isWaiting);
  const admitted = isPublished
    ? services
    : [...services.filter((one) => !isTouched(one)), ...judged.flatMap((each) => each.services)];
  return composed(admitted, judged, options);
}

/** Everything is published. */
export function admitAllServices(services: readonly ServiceRecord[]): Admission {
  const next = { admitted: services, buckets: new Map() };
  return { services, waiting: [], delayed: new Map(), waitMs: undefined, next };
}

/** True if all are of the namespace of the first of the others. */
function isOfOneNamespace(services: readonly ServiceRecord[], others: readonly ServiceRecord[]): boolean {
  return services.every(({ namespace }) => namespace === others[0]?.namespace);
}

/**
 * Namespaces with a record that isn't the same object as before, and those with a bucket. Records never change, so that
 * in all others everything is as it was; most passes find that out by one comparison for each Service.
 */
function touchedNamespaces({ admitted, buckets }: Pace, services: readonly ServiceRecord[]): Set<string> {
  const isSame =
    admitted.length === services.length && admitted.every((one, index) => one === services[index]);
  if (isSame) return new Set(buckets.keys());
  const [old, now] = [new Set(admitted), new Set(services)];
  const changed = [...services.filter((one) => !old.has(one)), ...admitted.filter((one) => !now.has(one))];
  return new Set([...changed.map(({ namespace }) => namespace), ...buckets.keys()]);
}

/** By name; manifests may have one name twice, of which each gets a key of its own. */
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

interface Changed {
  readonly namespace: string;
  readonly before: Services;
  readonly after: Services;
  /** Whether another namespace has Services, so that there is somebody who could suffer. */
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
  const price = hasOthers && changes.names.length > 0 ? 1 : 0;
  if (price === 0 || bucket.tokens >= ALMOST_ONE) {
    const tokens = bucket.tokens - price;
    const delayed = tokens >= ALMOST_ONE ? NOBODY : stillThere(bucket.delayed, after);
    const settled = { ...bucket, tokens, delayed };
    return { namespace, services: [...after.values()], isWaiting: false, bucket: settled };
  }
  const names = [...stillThere(bucket.delayed, after), ...changes.names.filter((name) => after.has(name))];
  const waits = { ...bucket, delayed: new Set([...new Set(names)].slice(0, MOST_NAMED)) };
  return { namespace, services: changes.held, isWaiting: true, bucket: waits };
}

const NOBODY: ReadonlySet<string> = new Set();

function stillThere(names: ReadonlySet<string>, services: Services): ReadonlySet<string> {
  return new Set([...names].filter((name) => services.has(name)));
}

interface Changes {
  /** Names of Services that came, went, or changed. */
  readonly names: readonly string[];
  /** The Services without these changes. */
  readonly held: readonly ServiceRecord[];
}

function changesOf(before: Services, after: Services): Changes {
  const names: string[] = [];
  const held: ServiceRecord[] = [];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(name), after.get(name)];
    const isFree = haveSameDemand(old, now);
    if (!isFree) names.push(name);
    const stays = isFree ? now : old;
    if (stays !== undefined) held.push(stays);
  }
  return { names: names.sort(compareText), held };
}

function refill(bucket: Bucket | undefined, { limits, now }: AdmitOptions): Bucket {
  if (bucket === undefined) return { tokens: limits.burst, countedAt: now, delayed: NOBODY };
  const tokens = Math.min(limits.burst, bucket.tokens + (now - bucket.countedAt) / limits.intervalMs);
  return { ...bucket, tokens, countedAt: now };
}

function composed(
  services: readonly ServiceRecord[],
  judged: readonly Judged[],
  { limits }: AdmitOptions,
): Admission {
  const slow = judged.filter(({ bucket }) => bucket.delayed.size > 0);
  const waiting = judged.filter(({ isWaiting }) => isWaiting);
  const waits = [...new Set([...slow, ...waiting])].map(({ bucket }) =>
    Math.max(0, Math.ceil((1 - bucket.tokens) * limits.intervalMs)),
  );
  const short = judged.filter(({ bucket }) => bucket.tokens < limits.burst || bucket.delayed.size > 0);
  const buckets = new Map(short.map(({ namespace, bucket }) => [namespace, bucket]));
  return {
    services,
    waiting: waiting.map(({ namespace }) => namespace),
    delayed: new Map(slow.map(({ namespace, bucket }) => [namespace, bucket.delayed])),
    waitMs: waits.length === 0 ? undefined : Math.min(...waits, LONGEST_WAIT_MS),
    next: { admitted: services, buckets },
  };
}
