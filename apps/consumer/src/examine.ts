import type { Blame, ConfigText, FailStage, RejectStage } from '@kubefigurator/config-model';
import { messageOf } from '@kubefigurator/daemon';
import type { ParsedText } from '@kubefigurator/rollout';
import { bindPoints, blameMessages, formatBind, newBindPoints } from '@kubefigurator/rollout';
import { checkConfig } from './host/check.ts';
import { stage } from './host/files.ts';
import type { Host } from './host/host.ts';
import { probeBind } from './host/ports.ts';

/** Everything that can be found out about a candidate before the live file changes. */
export type Finding =
  | { readonly kind: 'good' }
  | { readonly kind: 'refused'; readonly stage: RejectStage; readonly blame: readonly Blame[] }
  | { readonly kind: 'failed'; readonly stage: FailStage; readonly message: string };

/** Whose binds this host has already. */
export interface Surroundings {
  readonly haproxyRuns: boolean;
  readonly running: ConfigText | undefined;
  /** Every text that HAProxy may run: binds in it are its own. */
  readonly own: readonly ConfigText[];
}

/** Stages the candidate, lets HAProxy check it with the host's files in run order, and probes the binds that are new. */
export async function examine(
  candidate: ParsedText,
  host: Host,
  { surroundings, signal }: { readonly surroundings: Surroundings; readonly signal: AbortSignal },
): Promise<Finding> {
  try {
    await stage(host.live, candidate.text);
  } catch (error) {
    return {
      kind: 'failed',
      stage: 'stage',
      message: `${host.live.candidate} can't be written: ${messageOf(error)}`,
    };
  }
  const [checked, problems] = await Promise.all([
    checkConfig(host.binary, [...host.baseConfigs, host.live.candidate], signal).catch(unasked),
    probeNewBinds(candidate.config, surroundings),
  ]);
  if (checked.kind === 'unasked') return { kind: 'failed', stage: 'stage', message: checked.reason };
  if (checked.kind === 'invalid') {
    const names = { file: host.live.candidate, shownFile: host.live.path };
    return { kind: 'refused', stage: 'check', blame: blameMessages(checked.stderr, candidate.config, names) };
  }
  return problems.length > 0 ? { kind: 'refused', stage: 'probe', blame: problems } : { kind: 'good' };
}

function unasked(error: unknown): { readonly kind: 'unasked'; readonly reason: string } {
  return { kind: 'unasked', reason: messageOf(error) };
}

async function probeNewBinds(candidate: ConfigText, surroundings: Surroundings): Promise<Blame[]> {
  const own = surroundings.own.flatMap((config) => bindPoints(config));
  const problems: Blame[] = [];
  for (const point of newBindPoints(surroundings.running, candidate)) {
    const problem = await probeBind(point, own, surroundings.haproxyRuns);
    if (problem === undefined) continue;
    const bind = formatBind(point);
    const { sources, section } = point;
    problems.push({ sources, section, bind, message: `bind ${bind} can't be had: ${problem}` });
  }
  return problems;
}
