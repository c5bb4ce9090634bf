import type { HaproxyState, ProcessId } from '@kubefigurator/rollout';
import type { Freeze, HostStatus } from '@kubefigurator/config-model';
import { describeFreeze, isOngoing, troublesOfStatus, warningsOfStatus } from '@kubefigurator/config-model';
import { hashText } from '../host/release-hash.ts';
import type { StatusReport } from './format.ts';

/** What can be seen on a host now, beside the status that its agent wrote last. */
export interface SeenNow {
  /** The holder of the host's lock; undefined if no agent runs. */
  readonly agent: string | undefined;
  /** Where the status comes from, and what may prove that it is old; undefined if no agent holds the lock. */
  readonly origin?: StatusOrigin | undefined;
  readonly haproxy: HaproxyState;
  readonly freeze: Freeze | undefined;
  /** The file that we write; its text is undefined if it is missing. */
  readonly file: { readonly path: string; readonly text: string | undefined };
}

/** The file of a status, and the running agent that should have written it. */
export interface StatusOrigin {
  readonly path: string;
  readonly writtenAt: string | undefined;
  readonly process: ProcessId;
  /** True if the agent says that it could not write the file. */
  readonly isMarkedOld: boolean;
  /** True if a signal has stopped the agent. */
  readonly isStopped: boolean;
}

/** Judges a host by the agent's last status and by what can be seen now, which may be newer. */
export function judgeHost(
  lastStatus: HostStatus,
  { agent, origin, haproxy, freeze, file }: SeenNow,
): StatusReport {
  const status = withFreeze(lastStatus, freeze);
  const whyOld = oldTrouble(status, origin);
  const troubles = [
    ...(whyOld === undefined ? [] : [whyOld]),
    ...(agent === undefined ? ["the agent isn't running; what follows is the status it wrote last"] : []),
    ...(origin?.isStopped === true ? [stoppedTrouble(origin.process)] : []),
    ...(haproxy.kind === 'down' ? [`HAProxy isn't running: ${haproxy.reason}`] : []),
    // An old status proves nothing about the file, and its troubles may be over.
    ...(whyOld === undefined
      ? [...fileTroubles(status, file), ...troublesOfStatus(status)]
      : freezeTroubles(freeze)),
  ];
  return {
    inSync: troubles.length === 0,
    troubles,
    warnings: warningsOfStatus(status),
    agent,
    ...(whyOld !== undefined && { isOld: true }),
    haproxy,
    status,
  };
}

function stoppedTrouble({ pid }: ProcessId): string {
  return `the agent (pid ${pid}) is stopped by a signal and applies nothing; kill -CONT ${pid} lets it go on`;
}

function freezeTroubles(freeze: Freeze | undefined): readonly string[] {
  return freeze === undefined ? [] : [describeFreeze(freeze)];
}

/**
 * A sentence if it is proven that the status is old: the running agent didn't write it, or says that it couldn't
 * write a newer one.
 */
function oldTrouble({ process }: HostStatus, origin: StatusOrigin | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const { path, writtenAt = 'an unknown time', isMarkedOld } = origin;
  const isOfAnother =
    process !== undefined &&
    (process.pid !== origin.process.pid || process.startTicks !== origin.process.startTicks);
  if (!isMarkedOld && !isOfAnother) return undefined;
  const fault = isMarkedOld
    ? `the agent can't write ${path}`
    : `the running agent has not written ${path} yet`;
  return `this status is old (written at ${writtenAt}): ${fault}; look at its log and /readyz`;
}

/** The status with the freeze that is read now, which may be newer than the agent's status. */
function withFreeze(status: HostStatus, freeze: Freeze | undefined): HostStatus {
  const others = Object.entries(status).filter(([name]) => name !== 'frozen');
  return { ...(Object.fromEntries(others) as unknown as HostStatus), ...(freeze && { frozen: freeze }) };
}

/** The file is compared here as well, since the agent observes it only every few seconds. */
function fileTroubles(
  { applied, outcome, drift }: HostStatus,
  { path, text }: SeenNow['file'],
): readonly string[] {
  const isListed = drift.some((finding) => finding.kind.startsWith('file-') && isOngoing(finding));
  // After any other outcome the file may rightly differ from what was applied.
  const isServing = outcome?.kind === 'applied' || outcome?.kind === 'unchanged';
  if (applied === undefined || isListed || !isServing) return [];
  if (text === undefined) return [`${path} is missing`];
  return hashText(text) === applied.hash ? [] : [`${path} is not what was applied`];
}
