import { parseIp, unroutableRange } from '@kubefigurator/config-model';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { cutList } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { Permitted } from './well-known-ports.ts';

export interface LocalAddressOptions {
  readonly settings: Pick<TranslatorSettings, 'localListenAddresses'>;
  /** True if the intent is served on this address and its listen port already, and so keeps the bind. */
  readonly isOnAddress: (intent: Intent, address: string) => boolean;
}

/**
 * Leaves out the intents that ask for an address which software on the hosts trusts, or which isn't that of a single
 * machine. One that they have already may stay; with one such address that is new, the whole intent is left out. `::` is
 * allowed: as a listen address it means every IPv6 address.
 */
export function permitLocalAddresses(
  intents: readonly Intent[],
  { settings: { localListenAddresses }, isOnAddress }: LocalAddressOptions,
): Permitted {
  if (localListenAddresses) return { intents, diagnostics: [] };
  const diagnostics: Diagnostic[] = [];
  const permitted = intents.filter((intent) => {
    const local = addressesOf(intent).flatMap((address) => asLocalAddress(address) ?? []);
    if (local.length === 0) return true;
    const newOnes = local.filter(({ address }) => !isOnAddress(intent, address));
    diagnostics.push(newOnes.length === 0 ? kept(intent, local) : refused(intent, newOnes));
    return newOnes.length === 0;
  });
  return { intents: diagnostics.length === 0 ? intents : permitted, diagnostics };
}

interface LocalAddress {
  readonly address: string;
  /** The range that it is in, as messages name it. */
  readonly kind: string;
}

const EVERY_IPV6 = '::';

function addressesOf({ bind: { addresses } }: Intent): readonly string[] {
  return addresses.kind === 'addresses' ? addresses.addresses : [];
}

/** Undefined for an ordinary address. */
function asLocalAddress(address: string): LocalAddress | undefined {
  const ip = address === EVERY_IPV6 ? undefined : parseIp(address);
  if (ip === undefined) return undefined;
  const kind = unroutableRange(ip);
  return kind === undefined ? undefined : { address, kind };
}

const HINT = 'choose another listen-ip; an operator can allow it with --local-listen-addresses';

function refused(intent: Intent, local: readonly LocalAddress[]): Diagnostic {
  return about(
    intent,
    'local-address',
    `${namesOf(local)}, which clients of a load balancer don't reach and software on the hosts may trust: ${HINT}`,
  );
}

function kept(intent: Intent, local: readonly LocalAddress[]): Diagnostic {
  return about(
    intent,
    'kept-local-address',
    `${namesOf(local)}, which software on the hosts may trust, and is served because it was served before: ${HINT}`,
  );
}

function namesOf(local: readonly LocalAddress[]): string {
  return `listen-ip holds ${cutList(local.map(({ address, kind }) => `${address} (${kind})`))}`;
}

function about(
  { source }: Intent,
  code: 'local-address' | 'kept-local-address',
  message: string,
): Diagnostic {
  return createDiagnostic({
    code,
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message,
  });
}
