import type { Fleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { waitFor } from '../support/sandbox/wait.ts';
import type { Expectation } from './expectations.ts';

/** One change and what every host must answer after it. */
export interface Step {
  readonly title: string;
  change(): Promise<void>;
  readonly expected: readonly Expectation[];
  /** Further lines to show once the step is over. */
  readonly remarks?: () => Promise<readonly string[]>;
}

export interface HostResult {
  readonly host: LoadBalancerHost;
  /** Milliseconds from the change until the last answer was right; undefined if one never was. */
  readonly ms?: number;
  /** The description of the last answer to each expectation. */
  readonly seen: readonly string[];
  readonly failure?: string;
}

export interface StepResult {
  readonly step: Step;
  readonly hosts: readonly HostResult[];
}

/** Milliseconds a host may take. */
export type HostLimit = (host: LoadBalancerHost) => number;

/** Makes the change and sends requests to each host's own address until the answer is right or the time limit passes. */
export async function runStep(fleet: Fleet, step: Step, limitOf: HostLimit): Promise<StepResult> {
  const started = performance.now();
  await step.change();
  const hosts = await Promise.all(
    fleet.hosts.map((host) => observe(host, step, { started, limitMs: limitOf(host) })),
  );
  return { step, hosts };
}

async function observe(
  host: LoadBalancerHost,
  step: Step,
  timing: { readonly started: number; readonly limitMs: number },
): Promise<HostResult> {
  const outcomes = await Promise.allSettled(
    step.expected.map((expectation) =>
      waitFor(expectation.what, () => expectation.check(host), { limitMs: timing.limitMs, everyMs: 5 }),
    ),
  );
  const ms = performance.now() - timing.started;
  const seen = outcomes.map((outcome, index) => {
    const what = step.expected[index]?.what ?? '';
    return outcome.status === 'fulfilled' ? `${what} → ${outcome.value}` : `${what} ✗`;
  });
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return { host, ms, seen };
  return { host, seen, failure: (failed.reason as Error).message };
}
