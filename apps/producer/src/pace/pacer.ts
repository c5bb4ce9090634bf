import type { Logger } from '@kubefigurator/daemon';
import { type ClusterSnapshot, createDiagnostic, type Diagnostic } from '@kubefigurator/translator';
import { type Admission, admitServices, admitAllServices, type Pace, type PaceLimits } from './admission.ts';

/** The part of a snapshot that is published in this pass. */
export interface PacedSnapshot {
  readonly snapshot: ClusterSnapshot;
  /** On Services of namespaces that change too often. */
  readonly diagnostics: readonly Diagnostic[];
  /** To be called once the text is in etcd. */
  readonly published: () => void;
}

/** Keeps a namespace that changes too often from using up the hosts' reloads: only its own changes wait. */
export interface Pacer {
  /** `isAsked` is true if a person wants everything published now. */
  readonly admit: (snapshot: ClusterSnapshot, isAsked: boolean) => PacedSnapshot;
  /** How many namespaces had changes that wait in the last publication. */
  readonly waiting: () => number;
}

export interface PacerOptions {
  readonly limits: PaceLimits;
  /** Called when a namespace may publish again, which needs another pass. */
  readonly onDue: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export function createPacer({ limits, onDue, log, signal }: PacerOptions): Pacer {
  let pace: Pace | undefined;
  let waiting: readonly string[] = [];
  /** Namespaces that are logged as delayed, and not yet as resumed. */
  let loggedNamespaces: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;

  /** Takes over what was decided, once the text of it is published. */
  function settle(admission: Admission): void {
    pace = admission.next;
    waiting = admission.waiting;
    const slow = new Set([...admission.delayed.keys(), ...waiting]);
    for (const namespace of slow)
      if (!loggedNamespaces.has(namespace))
        log.warn({ namespace, waitMs: admission.waitMs }, 'namespace.delayed');
    for (const namespace of loggedNamespaces)
      if (!slow.has(namespace)) log.warn({ namespace }, 'namespace.resumed');
    loggedNamespaces = slow;
    clearTimeout(timer);
    if (admission.waitMs !== undefined && !signal.aborted) timer = setTimeout(onDue, admission.waitMs);
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    admit: (snapshot, isAsked) => {
      const { services } = snapshot;
      const admission = isAsked
        ? admitAllServices(services)
        : admitServices(pace, services, { limits, now: performance.now() });
      return {
        snapshot: { ...snapshot, services: admission.services },
        diagnostics: diagnosticsOf(admission, limits),
        published: () => settle(admission),
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
