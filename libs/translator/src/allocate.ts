import type { Diagnostic } from '@kubefigurator/config-model';
import {
  compareBy,
  createDiagnostic,
  formatAddressPort,
  formatSource,
  sortDiagnostics,
} from '@kubefigurator/config-model';
import type { Allocation, BindAssignment } from './allocation.ts';
import { folderOf } from './certificate-file.ts';
import type { Complaint } from './options.ts';
import type { PortIntent, Translation } from './translation.ts';

/** A bind while its claims are heard. */
interface Bind {
  readonly address: string;
  readonly port: number;
  readonly oldest: PortIntent;
  readonly holders: PortIntent[];
  /** Who has a host, by what it matches. */
  readonly hosts: Map<string, PortIntent>;
  catchAll: PortIntent | undefined;
  readonly certificates: Set<string>;
  readonly folders: Set<string>;
}

/** HAProxy takes 64 words on a line: this many `crt` words beside the others, of files or, when they are more, of folders. */
export const MOST_CERTIFICATES = 28;

/** Gives each bind to the oldest claim and to those that can share it; whoever loses is left out of that bind only. */
export function allocate(translation: Translation): Allocation {
  const binds = new Map<string, Bind>();
  const diagnostics: Diagnostic[] = [...translation.diagnostics];
  for (const intent of translation.intents) {
    for (const address of intent.addresses) {
      const conflict = claim(binds, address, intent);
      if (conflict !== undefined) diagnostics.push(lost(intent, conflict));
    }
  }
  return {
    binds: [...binds.values()].map(toAssignment).sort(
      compareBy(
        ({ address }) => address,
        ({ port }) => port,
      ),
    ),
    nodes: translation.nodes,
    diagnostics: sortDiagnostics(diagnostics),
  };
}

function toAssignment({ address, port, oldest, holders }: Bind): BindAssignment {
  return { address, port, mode: oldest.mode, tls: oldest.certificate !== undefined, holders };
}

function claim(binds: Map<string, Bind>, address: string, intent: PortIntent): Complaint | undefined {
  const key = formatAddressPort(address, intent.port);
  const bind = binds.get(key);
  const conflict = bind && findConflict(bind, intent);
  if (conflict === undefined) hold(bind ?? open(binds, key, address, intent), intent);
  return conflict;
}

function open(binds: Map<string, Bind>, key: string, address: string, oldest: PortIntent): Bind {
  const bind: Bind = {
    address,
    port: oldest.port,
    oldest,
    holders: [],
    hosts: new Map(),
    catchAll: undefined,
    certificates: new Set(),
    folders: new Set(),
  };
  binds.set(key, bind);
  return bind;
}

function hold(bind: Bind, intent: PortIntent): void {
  bind.holders.push(intent);
  for (const host of intent.hosts) bind.hosts.set(host.name, intent);
  if (intent.hosts.length === 0) bind.catchAll = intent;
  if (intent.certificate === undefined) return;
  bind.certificates.add(intent.certificate);
  bind.folders.add(folderOf(`/${intent.certificate}`));
}

function findConflict(bind: Bind, intent: PortIntent): Complaint | undefined {
  const { oldest } = bind;
  const at = formatAddressPort(bind.address, bind.port);
  if (oldest.mode !== intent.mode) {
    return {
      code: 'conflict-mode',
      message: `${at} is ${oldest.mode} for ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip, or haproxy-mode ${oldest.mode}`,
    };
  }
  if ((oldest.certificate === undefined) !== (intent.certificate === undefined)) {
    const state = oldest.certificate === undefined ? 'plain' : 'TLS';
    return {
      code: 'conflict-tls',
      message: `${at} is ${state} for ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip, or use-ssl "${String(state === 'TLS')}"`,
    };
  }
  if (intent.mode === 'tcp') {
    return {
      code: 'conflict-port',
      message: `${at} belongs to ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip`,
    };
  }
  return findHostConflict(bind, intent, at) ?? findFolderConflict(bind, intent, at);
}

function findHostConflict(bind: Bind, intent: PortIntent, at: string): Complaint | undefined {
  if (intent.hosts.length === 0 && bind.catchAll !== undefined) {
    return {
      code: 'conflict-default',
      message: `on ${at}, ${formatSource(bind.catchAll.source)} takes every request without a host of its own, and was first: set hostname`,
    };
  }
  const taken = intent.hosts.find(({ name }) => bind.hosts.has(name));
  const holder = taken && bind.hosts.get(taken.name);
  if (taken === undefined || holder === undefined) return undefined;
  const host = taken.match === 'wildcard' ? `*${taken.name}` : taken.name;
  return {
    code: 'conflict-host',
    message: `on ${at}, ${host} belongs to ${formatSource(holder.source)}, which was first: take it out of hostname, or choose another listen-port or listen-ip`,
  };
}

function findFolderConflict(bind: Bind, intent: PortIntent, at: string): Complaint | undefined {
  if (intent.certificate === undefined || bind.certificates.size < MOST_CERTIFICATES) return undefined;
  const folder = folderOf(`/${intent.certificate}`);
  if (bind.certificates.has(intent.certificate) || bind.folders.has(folder)) return undefined;
  if (bind.folders.size < MOST_CERTIFICATES) return undefined;
  return {
    code: 'too-many-certificates',
    message: `the certificates of ${at} lie in ${MOST_CERTIFICATES} folders already: put this one into one of them`,
  };
}

function lost(intent: PortIntent, { code, message }: Complaint): Diagnostic {
  const { namespace, service, port } = intent.source;
  return createDiagnostic({ code, object: { kind: 'Service', namespace, name: service }, port, message });
}
