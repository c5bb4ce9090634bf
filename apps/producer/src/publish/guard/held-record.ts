import { plainWord } from '../plain-word.ts';
import type { HeldShare, ServiceLoss, Verdict } from './decide.ts';
import { isJsonObject, parseJsonObject } from '../json-object.ts';
import { digestOfLoss } from './approvals.ts';

/** What etcd holds under `held/now` while a guard holds something: for operators, for `approve`, and for the next producer. */
export interface HeldRecord {
  /** When a guard began to hold something, in ISO 8601. */
  readonly since: string;
  readonly everything: boolean;
  readonly shares: readonly HeldShare[];
  /** By `<namespace>/<name>`. */
  readonly services: Readonly<Record<string, HeldService>>;
}

export interface HeldService {
  /** As in `Approval`. */
  readonly digest: string;
  /** How many host names; a name on two binds counts twice. */
  readonly hosts: number;
  /** How many servers; a Node in two backends counts twice. */
  readonly servers: number;
}

/** The record of what a verdict holds; undefined if nothing is held. `since` as in `HeldRecord`. */
export function heldRecordOf(verdict: Verdict, since: string): HeldRecord | undefined {
  if (verdict.held.length === 0) return undefined;
  return {
    since,
    everything: verdict.isEverything,
    shares: verdict.shares,
    services: Object.fromEntries(verdict.held.map((loss) => [loss.service, serviceOf(loss)])),
  };
}

function serviceOf(loss: ServiceLoss): HeldService {
  return {
    digest: digestOfLoss(loss),
    hosts: loss.hosts.length,
    servers: loss.servers.reduce((sum, { names }) => sum + names.length, 0),
  };
}

/**
 * Reads a record; undefined for anything else, since a person may have written it. Parts that can't be read are left
 * out.
 */
export function parseHeldRecord(text: string): HeldRecord | undefined {
  const { since, everything, shares, services } = parseJsonObject(text);
  if (typeof since !== 'string' || !isJsonObject(services)) return undefined;
  const known = Object.entries(services).flatMap(([name, service]) => {
    const parsed = parseService(service);
    return parsed === undefined ? [] : [[name, parsed] as const];
  });
  return {
    since,
    everything: everything === true,
    shares: Array.isArray(shares) ? shares.filter(isShare) : [],
    services: Object.fromEntries(known),
  };
}

function parseService(service: unknown): HeldService | undefined {
  if (!isJsonObject(service)) return undefined;
  const { digest, hosts, servers } = service;
  const isComplete = typeof digest === 'string' && typeof hosts === 'number' && typeof servers === 'number';
  return isComplete ? { digest, hosts, servers } : undefined;
}

function isShare(share: unknown): share is HeldShare {
  if (!isJsonObject(share) || typeof share['lost'] !== 'number' || typeof share['most'] !== 'number')
    return false;
  const { without } = share;
  if (without !== undefined && (typeof without !== 'string' || !NAMESPACE.test(without))) return false;
  return typeof share['what'] === 'string' && Object.hasOwn(WORDS, share['what']);
}

/** Who did something, when and why. */
export interface Signature {
  readonly by: string;
  /** In ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

/** The most characters of each part of a signature: whoever may write the key may have written anything. */
const LONGEST_PART = 300;

/** Reads who wrote an entry, cut; `by` and `at` are `unknown` if they can't be read, and the reason is empty. */
export function parseSignature(text: string): Signature {
  const { by, at, reason } = parseJsonObject(text);
  const textOr = (fallback: string, given: unknown): string =>
    typeof given === 'string' ? given.slice(0, LONGEST_PART) : fallback;
  return { by: textOr('unknown', by), at: textOr('unknown', at), reason: textOr('', reason) };
}

/** `by ann@desk since 2026-11-28T09:00:00.000Z: why`, from what etcd has. */
export function describeSignature(signature: Signature): string {
  const [by = '', at = '', reason = ''] = [signature.by, signature.at, signature.reason].map((word) =>
    plainWord(word, 200),
  );
  return `by ${by} since ${at}${reason === '' ? '' : `: ${reason}`}`;
}

/** Reads the digests of an approval, as in `Approval`; none if the text isn't one. */
export function parseApproval(text: string): Readonly<Record<string, string>> {
  const services = parseJsonObject(text)['services'];
  if (!isJsonObject(services)) return {};
  const known = Object.entries(services).flatMap(([name, digest]) =>
    typeof digest === 'string' ? [[name, digest] as const] : [],
  );
  return Object.fromEntries(known);
}

/** A DNS label (RFC 1123), as the names of namespaces are. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const WORDS = { binds: 'binds', hosts: 'host names', servers: 'servers of a backend' } as const;

/** `53 of 100 host names, 2 of 3 binds of all namespaces but shop`, for messages. */
export function describeShares(shares: readonly HeldShare[]): string {
  return shares.map(describeShare).join(', ');
}

function describeShare({ what, lost, most, without }: HeldShare): string {
  const whose = without === undefined ? '' : ` of all namespaces but ${without}`;
  return `${String(lost)} of ${String(most)} ${WORDS[what]}${whose}`;
}
