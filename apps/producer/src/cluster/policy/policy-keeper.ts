import type { Health, Logger } from '@kubefigurator/daemon';
import { goesByLabels, type Policy } from '@kubefigurator/translator';
import { readPolicyText } from './policy-text.ts';

/** The labels of Namespaces, which a policy may go by. */
export interface NamespaceLabels {
  /** Follows Namespaces from now on. */
  readonly follow: () => void;
  /** True once all of them are known, otherwise what is missing. */
  readonly ready: () => Health;
}

export interface PolicyKeeperOptions {
  /** Where the policy is, for messages: a path, or `ConfigMap <namespace>/<name>`. */
  readonly from: string;
  readonly cluster: string;
  readonly labels: NamespaceLabels;
  /** Called when another policy counts. */
  readonly onChange: () => void;
  readonly log: Logger;
}

/** The policy that counts: the last one that could be read. There is never none once there was one. */
export interface PolicyKeeper {
  readonly current: () => Policy | undefined;
  /** True once a policy counts, otherwise why none does. */
  readonly ready: () => Health;
  /** Why the policy as it stands now isn't the one that counts; undefined if it is. */
  readonly trouble: () => string | undefined;
  /** Takes the text of a policy as it stands now. */
  readonly offer: (text: string) => void;
  /** The policy can't be read at all. */
  readonly refuse: (reason: string) => void;
}

export function createPolicyKeeper(options: PolicyKeeperOptions): PolicyKeeper {
  const { from, cluster, labels, log } = options;
  let counts: Policy | undefined;
  /** A newer one that waits for the labels of Namespaces. */
  let waiting: Policy | undefined;
  let taken: string | undefined;
  let reason: string | undefined;

  function offer(text: string): void {
    if (text === taken && reason === undefined) return;
    const reading = readPolicyText(text, cluster);
    if (!reading.ok) return refuse(reading.reason);
    taken = text;
    if (reason !== undefined) log.warn({ path: from }, 'policy.recovered');
    reason = undefined;
    waiting = reading.policy;
    if (goesByLabels(reading.policy)) labels.follow();
    settle();
    if (waiting !== undefined) log.info({ path: from, reason: missing() }, 'policy.postponed');
  }

  function refuse(why: string): void {
    if (why !== reason) log.warn({ path: from, reason: why, kept: counts !== undefined }, 'policy.refused');
    reason = why;
    waiting = undefined;
  }

  /** Before the labels are known, rules by labels would count for nobody. */
  function settle(): void {
    if (waiting === undefined || missing() !== undefined) return;
    counts = waiting;
    waiting = undefined;
    log.info({ path: from, rules: counts.rules.length }, 'policy.applied');
    options.onChange();
  }

  function missing(): string | undefined {
    if (!goesByLabels(waiting)) return undefined;
    const health = labels.ready();
    return health === true ? undefined : `its rules go by labels of Namespaces: ${health}`;
  }

  function trouble(): string | undefined {
    settle();
    const why = reason ?? missing();
    return why === undefined ? undefined : `the policy (${from}) can't be used: ${why}`;
  }

  return {
    current: () => {
      settle();
      return counts;
    },
    ready: () => {
      const why = trouble();
      return counts !== undefined || (why ?? `waiting for the policy (${from})`);
    },
    trouble,
    offer,
    refuse,
  };
}
