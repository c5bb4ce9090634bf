import type { HostAgent, HostNameShared } from '@kubefigurator/config-model';
import { delay, type Logger } from '@kubefigurator/daemon';
import { checkEtcdSettings, type EtcdSettings } from '../connection/etcd-settings.ts';
import { createFailureLog } from '../connection/failure-log.ts';
import { openEtcdSession, type Purpose, type Session } from '../connection/session.ts';
import { memberKey, type StoreKey } from '../keys/store-keys.ts';
import { openLease } from '../lease/shared-lease.ts';
import { ifKeyHolds } from '../transaction/compare.ts';
import { ensureValue } from '../transaction/ensure-value.ts';
import { putOfValue, transact } from '../transaction/transaction.ts';
import type { AnnouncerPace } from './pace.ts';
import { createPresence } from './presence.ts';
import { createStatusWriter, type StatusWriterOptions } from './status-writer.ts';

/** The status and presence of a host in etcd. Nothing here throws, and only `close` makes its caller wait for etcd. */
export interface Announcer {
  /** Replaces the status in etcd soon: only the newest is written, and the same text isn't written twice. */
  readonly publish: (status: string) => void;
  /** Writes the newest status if it isn't written yet, then takes the presence away; waits 2 s for etcd at most. */
  readonly close: () => Promise<void>;
}

export interface AnnouncerOptions {
  /** The name of the host, under which its keys are. */
  readonly host: string;
  /** This agent, as its presence describes it; called at each beat. */
  readonly self: () => HostAgent;
  readonly log: Logger;
  /** Called when other agents are found to have the name of this host, when they change, and with undefined when they are gone. */
  readonly onShared?: (shared: HostNameShared | undefined) => void;
  /** Called after each try to write the status, or to verify that etcd still holds it. */
  readonly onWrite?: (result: 'written' | 'failed') => void;
  readonly pace?: Partial<AnnouncerPace>;
}

const PACE: AnnouncerPace = { writeMs: 1_000, beatMs: 10_000, verifyMs: 300_000, deniedMs: 300_000 };
/** How long `close` waits for etcd, in milliseconds. */
const FAREWELL_MS = 2_000;

/** Announces a host in etcd over connections of its own. Throws UsageError for settings that contradict each other. */
export function openAnnouncer(settings: EtcdSettings, options: AnnouncerOptions): Announcer {
  checkEtcdSettings(settings);
  const { host, self, log } = options;
  const pace = { ...PACE, ...options.pace };
  const statusKey = memberKey(settings.etcdPath, 'hosts', host);
  const aliveKey = memberKey(settings.etcdPath, 'alive', host);
  const session = openEtcdSession({ settings, log });
  const writer = createStatusWriter({
    ...statusWrites(session, statusKey),
    pace,
    onWrite: options.onWrite ?? (() => undefined),
    report: createFailureLog(log, 'status'),
  });
  const lease = openLease(session, pace);
  const purpose: Purpose = { use: 'lease', action: 'announce', key: aliveKey.name };
  const beat = createPresence({
    host,
    self,
    ensure: (value, leaseId) => ensureValue(session, purpose, aliveKey, { value, lease: leaseId }),
    log,
    onShared: options.onShared ?? (() => undefined),
    onLost: writer.verify,
  });
  lease.keep({
    put: beat,
    check: beat,
    onPut: writer.verify,
    report: createFailureLog(log, 'presence'),
  });
  return {
    publish: writer.publish,
    close: async () => {
      const closed = new AbortController();
      const limit = delay(FAREWELL_MS, closed.signal);
      await Promise.race([writer.finish().then(() => lease.close()), limit]);
      closed.abort();
      session.close();
      // If etcd didn't answer in time, the lease's loop still runs; without connections it ends at once.
      void lease.close();
    },
  };
}

function statusWrites(
  session: Session,
  key: StoreKey<string>,
): Pick<StatusWriterOptions, 'put' | 'putUnlessHeld'> {
  const purpose: Purpose = { use: 'status', action: 'write', key: key.name };
  const putStatus = async (status: string): Promise<void> => {
    await transact(session, purpose, { compares: [], puts: [putOfValue(key, status)] });
  };
  return {
    put: putStatus,
    putUnlessHeld: async (status) => {
      const check = await transact(session, purpose, { compares: [ifKeyHolds(key, status)], puts: [] });
      if (check.kind === 'refused') await putStatus(status);
    },
  };
}
