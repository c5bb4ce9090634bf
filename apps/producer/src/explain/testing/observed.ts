import { createHash } from 'node:crypto';
import {
  type CertificateStatus,
  type DriftFinding,
  HOST_STATUS_VERSION,
  type HostStatus,
  type OutcomeKind,
} from '@kubefigurator/config-model';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import { goldenSettings } from '@kubefigurator/translator/testing';
import { parseManifestDocuments } from '../../cluster/manifests/manifest-documents.ts';
import { readManifests } from '../../cluster/manifests/manifests.ts';
import { compile } from '../../compile.ts';
import { compileGuarded } from '../../guarded.ts';
import { createGuard } from '../../publish/guard/guard.ts';
import type { Signature } from '../../publish/guard/held-record.ts';
import type { PinMarker } from '../../publish/pin/pin-marker.ts';
import { standingPartsOf } from '../../publish/releases.ts';
import { type Facts, explanationFactsOf } from '../facts.ts';

export const REVISION = '42';
const APPLIED = { kind: 'applied', summary: 'applied (reload)' } as const;
const AT = '2026-01-02T03:04:05.000Z';

/** A host as a test describes it; without more it runs the text in etcd, whole. */
export interface HostDraft {
  readonly host: string;
  readonly alive?: boolean;
  /** Another revision than etcd has. */
  readonly seen?: string;
  readonly outcome?: { readonly kind: OutcomeKind; readonly summary: string };
  /** `<namespace>/<service>/<port>` and why. */
  readonly leftOut?: readonly { readonly source: string; readonly message: string }[];
  readonly leftOutCount?: number;
  readonly leftOutNamespaces?: readonly string[];
  readonly blindSince?: string;
  readonly certificates?: readonly (Omit<CertificateStatus, 'sources'> & { readonly source: string })[];
  readonly drift?: readonly DriftFinding[];
  /** What stands under the key instead of a status. */
  readonly raw?: 'nothing' | 'unreadable';
}

/** What the documents of a case say beside its manifests. */
export interface CaseDocument {
  readonly explain?: string;
  readonly hosts?: readonly HostDraft[];
  /** `none`: the key is missing. */
  readonly published?: 'none';
  readonly namespaces?: readonly string[];
  /** Since when a guard of a running producer holds what the manifests lack; without it there is no guard. */
  readonly guardedSince?: string;
  readonly pause?: Signature;
  /** No producer leads although one has published last. */
  readonly leader?: 'missing';
  /** The other cluster to which the path belongs. */
  readonly otherOwner?: string;
  /** Who has pinned the text in etcd, and of which publication it is. */
  readonly pin?: Signature & { readonly revision: string };
}

export function caseDocument(yaml: string): CaseDocument {
  const documents = parseManifestDocuments('case', yaml).map(({ value }) => value as CaseDocument | null);
  return documents.find((each) => each?.explain !== undefined) ?? {};
}

/**
 * Facts as the command observes them: from manifests, with the text in etcd (by default the one that is compiled) and the
 * hosts that the documents name, by default none.
 */
export function observedFrom(yaml: string, standing?: string): Facts {
  const settings = goldenSettings(parseManifestDocuments('case', yaml).map(({ value }) => value));
  const { hosts = [], published, namespaces = [], guardedSince, pause, pin, ...lead } = caseDocument(yaml);
  const { snapshot } = readManifests([{ name: 'case', text: yaml }], namespaces, true);
  const first = published === 'none' ? undefined : (standing ?? compile(snapshot, settings).text);
  const parts = standingPartsOf(first, [], settings.limits);
  const hash = createHash('sha256')
    .update(first ?? '')
    .digest('hex');
  const guards = guardedSince !== undefined;
  const compilation = compileGuarded(snapshot, settings, {
    before: first,
    releases: [],
    guard: createGuard({ guards, share: 0.5, minimum: 4, confirmAfterMs: 300_000 }),
    isApproved: () => false,
    now: 0,
    listedAt: undefined,
    room: {},
  });
  return explanationFactsOf({
    snapshot,
    settings,
    namespaces,
    key: '/config',
    standing: parts.standing,
    compilation,
    guard: {
      held: compilation.judgement.verdict.held,
      since: guardedSince,
      pause,
      pin: pin && pinOf(pin, hash),
    },
    leadership: { isLeaderMissing: lead.leader === 'missing', otherOwner: lead.otherOwner },
    published:
      first === undefined
        ? { problem: 'the key is missing, so nothing was published yet' }
        : { revision: REVISION, text: first, hash },
    hosts: hosts.map((draft) => registered(draft, hash)),
  });
}

function pinOf({ revision, ...signature }: NonNullable<CaseDocument['pin']>, hash: string): PinMarker {
  return { kind: 'pinned', text: { revision, hash }, before: undefined, signature };
}

/** A host as etcd has it if the text there has this hash. */
export function registered(draft: HostDraft, hash: string): RegisteredHost {
  const { host, alive = true, raw } = draft;
  if (raw === 'nothing') return { host, status: undefined, isAlive: alive };
  if (raw === 'unreadable')
    return { host, status: { kind: 'unreadable', reason: 'is not JSON' }, isAlive: alive };
  return { host, status: { kind: 'status', status: statusOf(draft, hash) }, isAlive: alive };
}

function sourceOf(text: string): { namespace: string; service: string; port: string } {
  const [namespace = '', service = '', port = ''] = text.split('/');
  return { namespace, service, port };
}

function statusOf(draft: HostDraft, hash: string): HostStatus {
  const { host, leftOut = [], certificates = [], blindSince, drift = [] } = draft;
  return {
    version: HOST_STATUS_VERSION,
    host,
    startedAt: AT,
    versions: { consumer: '0', haproxy: '3.2.0' },
    ...progressOf(draft, hash),
    leftOut: leftOut.map(({ source, message }) => ({ sources: [sourceOf(source)], message })),
    leftOutCount: draft.leftOutCount ?? leftOut.length,
    ...(draft.leftOutNamespaces && { leftOutNamespaces: draft.leftOutNamespaces }),
    oldWorkers: 0,
    ...(blindSince === undefined ? {} : { blindSince }),
    drift,
    certificates: certificates.map(({ source, ...rest }) => ({ ...rest, sources: [sourceOf(source)] })),
  };
}

function progressOf(
  { seen, outcome = APPLIED }: HostDraft,
  hash: string,
): Pick<HostStatus, 'seen' | 'applied' | 'outcome'> {
  const current = { revision: REVISION, hash };
  const other = { revision: seen ?? '41', hash: 'other' };
  const hasApplied = seen === undefined && (outcome.kind === 'applied' || outcome.kind === 'unchanged');
  return {
    seen: seen === undefined ? current : other,
    applied: { ...(hasApplied ? current : other), how: 'reload', at: AT },
    outcome: { ...outcome, at: AT, durationMs: 1 },
  };
}
