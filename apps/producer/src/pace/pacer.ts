import type { Logger } from '@kubefigurator/daemon';
import { type ClusterSnapshot, createDiagnostic, type Diagnostic } from '@kubefigurator/translator';
import { type Admission, admitServices, admitAllServices, type Pace } from './admission.ts';
import { admitAllNodes, admitNodes, type NodeAdmission, type NodePace } from './node-admission.ts';
import { hasToken, type PaceLimits, type Tokens } from './tokens.ts';

/** The part of a snapshot that is published in this pass. */
export interface PacedSnapshot {
  readonly snapshot: ClusterSnapshot;
  /** On Services of namespaces, and on Nodes, that change too often. */
  readonly diagnostics: readonly Diagnostic[];
  /** To be called once the text is in etcd. */
  readonly published: () => void;
}

/**
 * Keeps a namespace that changes too often from using up the hosts' reloads, and a Node from keeping all of them busy:
 * only their own changes wait.
 */
export interface Pacer {
  /** `isAsked` is true if a person wants everything published now. */
  readonly admit: (snapshot: ClusterSnapshot, isAsked: boolean) => PacedSnapshot;
  /** How many namespaces had changes that wait in the last publication. */
  readonly waiting: () => number;
}

export interface PacerOptions {
  readonly limits: PaceLimits;
  /** Called when a namespace or a Node may publish again, which needs another pass. */
  readonly onDue: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export function createPacer({ limits, onDue, log, signal }: PacerOptions): Pacer {
  let pace: Pace | undefined;
  let nodePace: NodePace | undefined;
  let waiting: readonly string[] = [];
  /** Namespaces that are logged as delayed, and not yet as resumed. */
  let loggedNamespaces: ReadonlySet<string> = new Set();
  /** Nodes that are logged likewise. */
  let loggedNodes: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;

  /** Takes over what was decided, once the text of it is published. */
  function settle(admission: Admission, nodes: NodeAdmission): void {
    [pace, nodePace] = [admission.next, nodes.next];
    waiting = admission.waiting;
    logNodes(nodes);
    const slow = new Set([...admission.delayed.keys(), ...waiting]);
    for (const namespace of slow)
      if (!loggedNamespaces.has(namespace))
        log.warn({ namespace, waitMs: admission.waitMs }, 'namespace.delayed');
    for (const namespace of loggedNamespaces)
      if (!slow.has(namespace)) log.warn({ namespace }, 'namespace.resumed');
    loggedNamespaces = slow;
    clearTimeout(timer);
    const waitMs = Math.min(admission.waitMs ?? Infinity, nodes.waitMs ?? Infinity);
    if (waitMs < Infinity && !signal.aborted) timer = setTimeout(onDue, waitMs);
  }

  function logNodes({ waiting: slow, waitMs, next }: NodeAdmission): void {
    for (const node of slow) if (!loggedNodes.has(node)) log.warn({ node, waitMs }, 'node.delayed');
    // One that goes on changing waits again in a moment: it is told of once it has been quiet for a while.
    const still = [...loggedNodes].filter((node) => slow.includes(node) || !isRested(next.buckets.get(node)));
    for (const node of loggedNodes) if (!still.includes(node)) log.warn({ node }, 'node.resumed');
    loggedNodes = new Set([...still, ...slow]);
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    admit: (snapshot, isAsked) => {
      const { services } = snapshot;
      const options = { limits, now: performance.now() };
      const admission = isAsked ? admitAllServices(services) : admitServices(pace, services, options);
      const nodes = isAsked ? admitAllNodes(snapshot.nodes) : admitNodes(nodePace, snapshot.nodes, options);
      return {
        snapshot: { ...snapshot, services: admission.services, nodes: nodes.nodes },
        diagnostics: [...diagnosticsOf(admission, limits), ...diagnosticsOfNodes(nodes, limits)],
        published: () => settle(admission, nodes),
      };
    },
    waiting: () => waiting.length,
  };
}

function diagnosticsOf({ delayed }: Admission, { burst, intervalMs }: PaceLimits): readonly Diagnostic[] {
  const seconds = `${String(intervalMs / 1000)} s`;
  return [...delayed].flatMap(([namespace, names]) =>
    [...names].map((name) =>
      createDiagnostic({
        code: 'changes-too-often',
        object: { kind: 'Service', namespace, name },
        message: `Services of namespace ${namespace} change too often: after ${String(burst)} publications for one namespace, one more follows every ${seconds} (--namespace-changes, --namespace-interval), so that a change of this Service waits up to ${seconds}`,
      }),
    ),
  );
}

function isRested(bucket: Tokens | undefined): boolean {
  return bucket === undefined || hasToken(bucket);
}

function diagnosticsOfNodes({ waiting }: NodeAdmission, limits: PaceLimits): readonly Diagnostic[] {
  const { burst, intervalMs } = limits;
  const seconds = `${String(intervalMs / 1000)} s`;
  return waiting.map((name) =>
    createDiagnostic({
      code: 'changes-too-often',
      object: { kind: 'Node', name },
      message: `it changes too often: after ${String(burst)} changes, one more is published every ${seconds} (--namespace-changes, --namespace-interval), so that its last change waits up to ${seconds}`,
    }),
  );
}
