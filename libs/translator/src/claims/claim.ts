import { compareBy, formatAddressPort } from '@kubefigurator/config-model';
import type { PlacedIntent } from '../addresses/assign.ts';
import type { Complaint, Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { folderOf } from '../options/values/certificate-file.ts';
import type { Claims, HeldBind } from './claims.ts';
import type { ContestedBind } from './conflicts.ts';
import { findConflict } from './conflicts.ts';

/** Gives each bind to its oldest intent and to those that can share it; an intent that loses is left out of that bind only. */
export function claim(placed: readonly PlacedIntent[]): Claims {
  const binds = new Map<string, ContestedBind>();
  const diagnostics: Diagnostic[] = [];
  for (const { intent, addresses } of placed) {
    for (const address of addresses) {
      const conflict = claimBind(binds, address, intent);
      if (conflict !== undefined) diagnostics.push(lost(intent, conflict));
    }
  }
  const order = compareBy<HeldBind>(
    ({ address }) => address,
    ({ port }) => port,
  );
  return { binds: [...binds.values()].map(toHeldBind).sort(order), diagnostics };
}

function toHeldBind({ address, port, oldest, holders }: ContestedBind): HeldBind {
  return { address, port, mode: oldest.mode, tls: oldest.tls !== undefined, holders };
}

function claimBind(
  binds: Map<string, ContestedBind>,
  address: string,
  intent: Intent,
): Complaint | undefined {
  const key = formatAddressPort(address, intent.bind.port);
  const bind = binds.get(key);
  const conflict = bind && findConflict(bind, intent);
  if (conflict === undefined) hold(bind ?? open(binds, key, address, intent), intent);
  return conflict;
}

function open(
  binds: Map<string, ContestedBind>,
  key: string,
  address: string,
  oldest: Intent,
): ContestedBind {
  const bind: ContestedBind = {
    address,
    port: oldest.bind.port,
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

function hold(bind: ContestedBind, intent: Intent): void {
  bind.holders.push(intent);
  for (const host of intent.hosts) bind.hosts.set(host.name, intent);
  if (intent.hosts.length === 0) bind.catchAll = intent;
  if (intent.tls === undefined) return;
  bind.certificates.add(intent.tls.certificate);
  bind.folders.add(folderOf(`/${intent.tls.certificate}`));
}

function lost(intent: Intent, { code, message }: Complaint): Diagnostic {
  const { namespace, service, port } = intent.source;
  return createDiagnostic({ code, object: { kind: 'Service', namespace, name: service }, port, message });
}
