import type { HostStatus, SourceRef } from '@kubefigurator/config-model';
import { describeCertificate, isOngoing, MOST_SOURCES, sourceKey } from '@kubefigurator/config-model';
import type { RegisteredHost } from '@kubefigurator/etcd-store';
import type { HostState, Verdict } from './explanation.ts';
import type { Observed, PublishedText } from './facts.ts';

/** A part of the text: the lines of one port, and its backend if it has one. */
export interface Part {
  readonly source: SourceRef;
  readonly backend?: string;
}

/** What each host does with a part of the text in etcd, in the order of the hosts' names. */
export function hostStates({ hosts, published }: Observed, part: Part): HostState[] {
  return hosts.map((host) => {
    const status = runningStatus(host, published);
    return 'state' in status ? status : stateOfPart(status, part);
  });
}

/** What each host does with the text in etcd as a whole; parts that it left out are a note. */
export function hostStatesOfText({ hosts, published }: Observed): HostState[] {
  return hosts.map((host) => {
    const status = runningStatus(host, published);
    if ('state' in status) return status;
    const left = status.leftOutCount;
    const notes = left === 0 ? [] : [`${left} ${left === 1 ? 'part' : 'parts'} of the text left out`];
    return { host: status.host, state: 'live', notes };
  });
}

/** True if there is a host, and each is live. */
export function areAllHostsLive(states: readonly HostState[]): boolean {
  return states.length > 0 && states.every(({ state }) => state === 'live');
}

/** `everywhere` if each verdict is, `nowhere` if each is or there is none, else `in-part`. */
export function verdictOfHosts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0 || verdicts.every((each) => each === 'nowhere')) return 'nowhere';
  return verdicts.every((each) => each === 'everywhere') ? 'everywhere' : 'in-part';
}

/** The status of a host if its HAProxy runs the text in etcd; else the state that says why not, or why nobody knows. */
function runningStatus(
  { host, status: parsed, isAlive }: RegisteredHost,
  published: Observed['published'],
): HostStatus | HostState {
  const is = (state: HostState['state'], detail: string): HostState => ({ host, state, detail, notes: [] });
  if (parsed === undefined) return is('unknown', 'its agent runs and has not written its status yet');
  if (parsed.kind === 'unreadable') return is('unknown', `its status can't be read: ${parsed.reason}`);
  const { status } = parsed;
  if (!isAlive) return is('silent', `its agent doesn't run; ${lastWords(status)}`);
  const stopped = whyStopped(status);
  // Nothing is served there, whichever text the host has.
  if (stopped !== undefined) return is('stopped', stopped);
  if (!('text' in published)) return is('behind', `${published.problem}; ${whatRuns(status)}`);
  if (status.seen?.hash !== published.hash) return is('behind', whyUnseen(status, published));
  return judgeOutcome(status, published, is);
}

/** Undefined unless HAProxy doesn't run, as far as the agent knows. */
function whyStopped({ outcome, drift }: HostStatus): string | undefined {
  if (outcome?.kind === 'not-running') return outcome.summary;
  const finding = drift.find((each) => each.kind === 'haproxy-stopped' && isOngoing(each));
  return finding && `HAProxy has not been running there since ${finding.since}`;
}

function judgeOutcome(
  status: HostStatus,
  published: PublishedText,
  is: (state: HostState['state'], detail: string) => HostState,
): HostStatus | HostState {
  const { outcome, applied } = status;
  if (outcome === undefined)
    return is('unknown', 'its first pass since its agent started is not finished yet');
  if (outcome.kind === 'applied' || outcome.kind === 'unchanged') return status;
  // A frozen host applies nothing; it runs this text if it applied it before the freeze.
  if (applied?.hash === published.hash && outcome.kind === 'frozen') return status;
  const detail = `${outcome.summary}; ${whatRuns(status)}`;
  return is(outcome.kind === 'rejected' || outcome.kind === 'failed' ? 'refused' : 'behind', detail);
}

/** Why a host doesn't have the text in etcd, and what it runs instead. */
export function whyUnseen(status: HostStatus, { revision }: PublishedText): string {
  const { seen, blindSince } = status;
  const has =
    seen?.revision === undefined ? 'nothing has come from etcd yet' : `it has revision ${seen.revision}`;
  const why =
    blindSince === undefined ? 'look again in a moment' : `etcd has not been heard there since ${blindSince}`;
  return `${has}, and etcd has ${revision}: ${why}; ${whatRuns(status)}`;
}

function whatRuns({ applied }: HostStatus): string {
  return applied === undefined
    ? 'HAProxy runs what it had before'
    : `HAProxy runs revision ${applied.revision}`;
}

function lastWords({ outcome, applied }: HostStatus): string {
  const said = outcome === undefined ? '' : `, and its last status (${outcome.at}) says: ${outcome.summary}`;
  return applied === undefined
    ? `it has applied nothing${said}`
    : `it applied revision ${applied.revision}${said}`;
}

function stateOfPart(status: HostStatus, part: Part): HostState {
  const { host, leftOut, leftOutCount, leftOutNamespaces } = status;
  const key = sourceKey(part.source);
  const blame = leftOut.find(({ sources }) => sources.some((each) => sourceKey(each) === key));
  if (blame !== undefined) return { host, state: 'left-out', detail: blame.message, notes: [] };
  // A status names only some of the parts and Services; its list of namespaces, if there is one, is complete.
  const isCut =
    leftOutCount > leftOut.length || leftOut.some(({ sources }) => sources.length >= MOST_SOURCES);
  const isElsewhere = leftOutNamespaces?.includes(part.source.namespace) === false;
  if (isCut && !isElsewhere) {
    const detail = `it leaves out ${leftOutCount} parts of the text, and its status doesn't name all of their Services: look at its log`;
    return { host, state: 'unknown', detail, notes: [] };
  }
  return { host, state: 'live', notes: notesOf(status, part) };
}

/** What concerns a part although it is live: its certificates, its servers, a freeze. */
function notesOf(status: HostStatus, { source, backend }: Part): string[] {
  const { certificates = [], drift, frozen } = status;
  const key = sourceKey(source);
  const troubled = certificates.filter(
    ({ trouble, unnamedHosts, sources }) =>
      (trouble !== undefined || unnamedHosts !== undefined) &&
      sources.some((each) => sourceKey(each) === key),
  );
  const drifting =
    backend === undefined
      ? []
      : drift.filter((each) => isOngoing(each) && each.what.startsWith(`${backend}/`));
  return [
    ...(frozen === undefined ? [] : [`frozen since ${frozen.since} by ${frozen.by}`]),
    ...troubled.map((certificate) => `certificate ${describeCertificate(certificate)}`),
    ...drifting.map(({ kind, what, since }) => `${what}: ${kind} since ${since}`),
  ];
}
