import { formatAddressPort, formatSource, sourceKey } from '@kubefigurator/config-model';
import type { Complaint, Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import type { Decided } from './contest.ts';
import { everyAddressOf } from './memory.ts';

/** The diagnostic for a complaint about an intent; the code says whether it is an error or a warning. */
export function diagnoseIntent(intent: Intent, complaint: Complaint): Diagnostic {
  const { namespace, service, port } = intent.source;
  return createDiagnostic({ ...complaint, object: { kind: 'Service', namespace, name: service }, port });
}

interface Losses {
  /** The first address that is lost, and who has it, as the beginning of a sentence. */
  readonly first: string;
  /** How many addresses are lost. */
  count: number;
}

/**
 * One warning for each intent that listens on every address, but gets no requests to some addresses, since other sources
 * have these. There may be thousands of intents and hundreds of addresses, so the warning names the first address and
 * counts the others. `wide` has the binds on every address by address and port.
 */
export function warnOfLostAddresses(
  served: readonly Decided[],
  wide: ReadonlyMap<string, Decided>,
  specificAddressWins: boolean,
): Diagnostic[] {
  const lost = new Map<Intent, Losses>();
  for (const bind of served) {
    const wideBind = wide.get(formatAddressPort(everyAddressOf(bind.address), bind.port));
    const winner = bind.holders.find(({ through }) => through === undefined);
    if (wideBind === undefined || winner === undefined) continue;
    const first = `${formatAddressPort(bind.address, bind.port)} belongs to ${formatSource(winner.intent.source)}`;
    const holding = new Set(bind.holders.map(({ key }) => key));
    for (const { intent, key } of wideBind.holders) {
      if (holding.has(key)) continue;
      const losses = lost.get(intent) ?? { first, count: 0 };
      losses.count += 1;
      lost.set(intent, losses);
    }
  }
  const order = [...lost].sort(([a], [b]) => (sourceKey(a.source) < sourceKey(b.source) ? -1 : 1));
  return order.map(([intent, losses]) =>
    diagnoseIntent(intent, { code: 'specific-address', message: toMessage(losses, specificAddressWins) }),
  );
}

function toMessage({ first, count }: Losses, specificAddressWins: boolean): string {
  const others = count === 1 ? '' : ` and ${count - 1} more addresses on this port to it or to others`;
  const rule = specificAddressWins ? ' (--specific-address-wins)' : '';
  return `${first}${others}, so requests to ${count === 1 ? 'this address' : 'these addresses'} don't reach this Service although it listens on every address${rule}: choose another listen-port, or name the addresses in listen-ip`;
}
