import { readFile } from 'node:fs/promises';
import type { Blame, Outcome, RejectStage } from '@kubefigurator/config-model';
import type { ConfigText } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { bindPoints, blameMessages, formatBind, newBindPoints } from '@kubefigurator/haproxy-config';
import { checkConfig } from './haproxy/check.ts';
import type { Host } from './host/host.ts';
import { listListeners, probeBind } from './host/ports.ts';
import { failed, stageText } from './live-text.ts';

/** Everything that can be found out about a candidate before the live file changes. */
export type Finding =
  | { readonly kind: 'good' }
  | { readonly kind: 'refused'; readonly stage: RejectStage; readonly blame: readonly Blame[] }
  | Extract<Outcome, { kind: 'failed' }>;

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
  const trouble = await stageText(candidate.text, host);
  if (trouble !== undefined) return trouble;
  const [checked, problems] = await Promise.all([
    checkConfig(host.binary, [...host.baseConfigs, host.live.candidate], { env: host.env, signal }),
    probeNewBinds(candidate.config, host, { surroundings, signal }),
  ]);
  if (checked.kind === 'unasked') return failed('stage', checked.reason);
  if (checked.kind === 'invalid') {
    const names = { file: host.live.candidate, shownFile: host.live.path };
    return { kind: 'refused', stage: 'check', blame: blameMessages(checked.stderr, candidate.config, names) };
  }
  return problems.length > 0 ? { kind: 'refused', stage: 'probe', blame: problems } : { kind: 'good' };
}

async function probeNewBinds(
  candidate: ConfigText,
  { baseConfigs }: Host,
  { surroundings, signal }: { readonly surroundings: Surroundings; readonly signal: AbortSignal },
): Promise<Blame[]> {
  const fresh = newBindPoints(surroundings.running, candidate);
  if (fresh.length === 0) return [];
  const occupation = {
    own: surroundings.own.flatMap((config) => bindPoints(config)),
    base: (await readConfigs(baseConfigs)).flatMap((config) => bindPoints(config)),
    listeners: await listListeners(),
    haproxyRuns: surroundings.haproxyRuns,
  };
  const problems: Blame[] = [];
  for (const point of fresh) {
    if (signal.aborted) return problems;
    const problem = await probeBind(point, occupation);
    if (problem === undefined) continue;
    const { sources, section, word } = point;
    problems.push({
      sources,
      bind: { section, word },
      message: `bind ${formatBind(point)} can't be had: ${problem}`,
    });
  }
  return problems;
}

async function readConfigs(files: readonly string[]): Promise<ConfigText[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.map((text) => parseConfigText(text));
}
