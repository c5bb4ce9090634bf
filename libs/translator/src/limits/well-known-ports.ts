import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { isInRanges, WELL_KNOWN_PORTS } from '../snapshot/host-ports.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';

/** The intents that may have their ports, in their order. */
export interface Permitted {
  readonly intents: readonly Intent[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface PermitOptions {
  readonly settings: Pick<TranslatorSettings, 'wellKnownPorts' | 'listenPorts'>;
  /** True if the port of a Service has a bind on this listen port already: it keeps that. */
  readonly isOnPort: (intent: Intent) => boolean;
}

/**
 * Leaves out the intents that ask for a port of another program on the hosts, unless they have it already or
 * `listenPorts` has it. With `wellKnownPorts` off, all are permitted.
 */
export function permitPorts(
  intents: readonly Intent[],
  { settings: { wellKnownPorts, listenPorts }, isOnPort }: PermitOptions,
): Permitted {
  if (!wellKnownPorts) return { intents, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const permitted = intents.filter((intent) => {
    const { port } = intent.bind;
    const owner = WELL_KNOWN_PORTS.get(port);
    // Without --listen-ports the list is empty, and nothing is in it.
    const isAllowedByName = isInRanges(port, listenPorts);
    if (owner === undefined || isAllowedByName) return true;
    const isKept = isOnPort(intent);
    diagnostics.push(isKept ? kept(intent, owner) : refused(intent, owner));
    return isKept;
  });
  return { intents: diagnostics.length === 0 ? intents : permitted, diagnostics };
}

/** For the owner of the Service it is one more port that it may not have, hence the code of reserved ports. */
function refused({ source, bind: { port } }: Intent, owner: string): Diagnostic {
  return createDiagnostic({
    code: 'reserved-port',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: `port ${port} is that of ${owner} on many hosts: choose another listen-port; an operator can allow it with --listen-ports or --no-well-known-ports`,
  });
}

function kept({ source, bind: { port } }: Intent, owner: string): Diagnostic {
  return createDiagnostic({
    code: 'well-known-port',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: `port ${port} is that of ${owner} on many hosts, and is served because it was served before: choose another listen-port; an operator can allow it with --listen-ports or --no-well-known-ports`,
  });
}
