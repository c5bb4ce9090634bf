import type { HaproxyState } from '@kubefigurator/rollout';
import type { Freeze, HostStatus } from '@kubefigurator/config-model';
import { isPresent, troublesOf, warningsOf } from '@kubefigurator/config-model';
import { hashText } from '../host/release-hash.ts';
import type { StatusReport } from './format.ts';

/** What can be seen on a host now, beside the status that its agent wrote last. */
export interface SeenNow {
  /** The holder of the host's lock; undefined if no agent runs. */
  readonly agent: string | undefined;
  readonly haproxy: HaproxyState;
  readonly freeze: Freeze | undefined;
  /** The file that we write; its text is undefined if it is missing. */
  readonly file: { readonly path: string; readonly text: string | undefined };
}

/** Judges a host by the agent's last status and by what can be seen now, which may be newer. */
export function judgeHost(lastStatus: HostStatus, { agent, haproxy, freeze, file }: SeenNow): StatusReport {
  const status = withFreeze(lastStatus, freeze);
  const troubles = [
    ...(agent === undefined ? ["the agent isn't running; what follows is the status it wrote last"] : []),
    ...(haproxy.kind === 'down' ? [`HAProxy isn't running: ${haproxy.reason}`] : []),
    ...fileTroubles(status, file),
    ...troublesOf(status),
  ];
  return {
    inSync: troubles.length === 0,
    troubles,
    warnings: warningsOf(status),
    agent,
    haproxy,
    status,
  };
}

/** Uses the freeze file, which may be newer than the agent's status. */
function withFreeze(status: HostStatus, freeze: Freeze | undefined): HostStatus {
  const others = Object.entries(status).filter(([name]) => name !== 'frozen');
  return { ...(Object.fromEntries(others) as unknown as HostStatus), ...(freeze && { frozen: freeze }) };
}

/** The file is compared here as well, since the agent observes it only every few seconds. */
function fileTroubles(
  { applied, outcome, drift }: HostStatus,
  { path, text }: SeenNow['file'],
): readonly string[] {
  // If the last outcome isn't serving, the file may rightly differ from what was applied.
  const isListed = drift.some((finding) => finding.kind.startsWith('file-') && isPresent(finding));
  const isServing = outcome?.kind === 'applied' || outcome?.kind === 'unchanged';
  if (applied === undefined || isListed || !isServing) return [];
  if (text === undefined) return [`${path} is missing`];
  return hashText(text) === applied.hash ? [] : [`${path} is not what was applied`];
}
