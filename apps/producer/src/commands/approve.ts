import { defineCommand, OperatorError, unlessStopped, UsageError } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { approveSettings } from '../guard-settings.ts';
import { APPROVED, readBoard } from '../publish/guard/held-board.ts';
import type { HeldRecord } from '../publish/guard/held-record.ts';
import { signatureOf } from './signature.ts';

/** Approves the removal of what a guard holds. */
export const approve = defineCommand({
  name: 'approve',
  summary: 'let go what a guard holds, of all Services or of one',
  description:
    'A producer holds what is gone from the cluster if it is too much at once (held shows it). approve agrees to all that is ' +
    'held now, approve service <namespace>/<name> to what is held of one Service. A producer that runs obeys at once, else ' +
    'the next apply or watch; what is lost after the approval needs another one. Needs etcd only. Exits 0 when the approval ' +
    'is written, 1 when nothing is held.',
  settings: approveSettings,
  positional: ['what', 'name'],
  run: async ({ io, settings, log }) => {
    const service = serviceOf(settings.what, settings.name);
    const store = openConfigStore(settings, { log });
    try {
      const { record } = readBoard(await unlessStopped(store.readHeld(), io.signal));
      const digests = digestsOf(record, service);
      if (digests.length === 0)
        throw new OperatorError(`nothing is held${service === undefined ? '' : ` of ${service}`}`, {
          hint: 'kubefigurator-producer held shows what is',
        });
      const signature = signatureOf(io, settings);
      const value = JSON.stringify({ ...signature, services: Object.fromEntries(digests) });
      const name = `${APPROVED}${signature.at}-${String(io.pid)}`;
      await unlessStopped(store.writeHeld(name, value), io.signal);
      io.stdout.write(
        `${service ?? `what is held of ${String(digests.length)} Services`} goes with the next publication\n`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
});

/** The Service that is named, `<namespace>/<name>`; undefined for all of them. */
function serviceOf(what: string | undefined, name: string | undefined): string | undefined {
  if (what === undefined && name === undefined) return undefined;
  if (what === 'service' && name !== undefined && /^[^/\s]+\/[^/\s]+$/.test(name)) return name;
  throw new UsageError(
    `approve: "${[what, name].filter((word) => word !== undefined).join(' ')}" is not known; give nothing, or service <namespace>/<name>`,
  );
}

/** The digest of what is held of each Service: an approval names it, so that a later loss needs another approval. */
function digestsOf(
  record: HeldRecord | undefined,
  service: string | undefined,
): readonly (readonly [service: string, digest: string])[] {
  return Object.entries(record?.services ?? {}).flatMap(([name, { digest }]) =>
    service === undefined || service === name ? [[name, digest] as const] : [],
  );
}
