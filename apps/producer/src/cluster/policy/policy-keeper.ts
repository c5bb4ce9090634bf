import type { Health, Logger } from '@kubefigurator/daemon';
import { goesByLabels, type Policy } from '@kubefigurator/translator';
import { readPolicyText } from './policy-text.ts';

/** The labels of Namespaces, to which rules of a policy may refer. */
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
  /** Called when another policy comes into force. */
  readonly onChange: () => void;
  readonly log: Logger;
}

/**
 * The policy in force: the last one that could be read. It stays in force when a later text is refused. A policy with
 * rules by labels comes into force at the first call of a getter after all labels are known.
 */
export interface PolicyKeeper {
  readonly current: () => Policy | undefined;
  /** True once a policy is in force, otherwise why none is. */
  readonly ready: () => Health;
  /** Why the policy as it is written now isn't the one in force; undefined if it is. */
  readonly trouble: () => string | undefined;
  /** Takes the text of the policy as it is written now; `version` as in `Policy`. */
  readonly offer: (text: string, version?: string) => void;
  /** Notes that the policy can't be used, for instance because its file can't be read. */
  readonly refuse: (reason: string) => void;
}

export function createPolicyKeeper(options: PolicyKeeperOptions): PolicyKeeper {
  const { from, cluster, labels, log } = options;
  let inForce: Policy | undefined;
  /** A newer one that waits for the labels of Namespaces. */
  let waiting: Policy | undefined;
  /** The last text that is a policy. */
  let acceptedText: string | undefined;
  /** Why the last text was refused; undefined if it was accepted. */
  let refusal: string | undefined;

  function offer(text: string, version?: string): void {
    if (text === acceptedText && refusal === undefined) return;
    const reading = readPolicyText(text, cluster, version);
    if (!reading.ok) return refuse(reading.reason);
    acceptedText = text;
    if (refusal !== undefined) log.warn({ path: from }, 'policy.recovered');
    refusal = undefined;
    waiting = reading.policy;
    if (goesByLabels(reading.policy)) labels.follow();
    applyIfReady();
    if (waiting !== undefined) log.info({ path: from, reason: whyWaiting() }, 'policy.postponed');
  }

  function refuse(reason: string): void {
    if (reason !== refusal) log.warn({ path: from, reason, kept: inForce !== undefined }, 'policy.refused');
    refusal = reason;
    waiting = undefined;
  }

  /** Waits until all labels are known: before, rules by labels would hold for no namespace. */
  function applyIfReady(): void {
    if (waiting === undefined || whyWaiting() !== undefined) return;
    inForce = waiting;
    waiting = undefined;
    log.info({ path: from, rules: inForce.rules.length }, 'policy.applied');
    options.onChange();
  }

  function whyWaiting(): string | undefined {
    if (!goesByLabels(waiting)) return undefined;
    const health = labels.ready();
    return health === true ? undefined : `its rules go by labels of Namespaces: ${health}`;
  }

  function trouble(): string | undefined {
    applyIfReady();
    const why = refusal ?? whyWaiting();
    return why === undefined ? undefined : `the policy (${from}) can't be used: ${why}`;
  }

  return {
    current: () => {
      applyIfReady();
      return inForce;
    },
    ready: () => {
      const why = trouble();
      return inForce !== undefined || (why ?? `waiting for the policy (${from})`);
    },
    trouble,
    offer,
    refuse,
  };
}
