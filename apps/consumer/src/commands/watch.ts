import { randomUUID } from 'node:crypto';
import type { HostAgent, HostNameShared, HostStatus } from '@kubefigurator/config-model';
import type { CommandContext, Io, Logger, ReconcileLoop } from '@kubefigurator/daemon';
import { notifySystemd, serveHealth } from '@kubefigurator/daemon';
import type { Announcer, ConfigStore } from '@kubefigurator/etcd-store';
import { openAnnouncer, openConfigStore } from '@kubefigurator/etcd-store';
import type { Policy, Trigger } from '@kubefigurator/rollout';
import { revisionOf } from '../apply/judge-reading.ts';
import type { AgentLoop, Knowledge } from '../agent/loop.ts';
import { startAgentLoop } from '../agent/loop.ts';
import type { Blindness } from '../agent/blindness.ts';
import { createBlindness } from '../agent/blindness.ts';
import type { Lateness } from '../agent/lateness.ts';
import { createLateness } from '../agent/lateness.ts';
import { readFreeze, watchFreeze } from '../state/freeze.ts';
import { haproxyBinaryTrouble } from '../haproxy/check.ts';
import { memoryLimitTrouble } from '../haproxy/run-limited.ts';
import { identifyOwnProcess } from '../host/processes.ts';
import { localAddresses } from '../host/addresses.ts';
import { discardCandidate } from '../host/release-files.ts';
import type { Host } from '../host/host.ts';
import { openHost } from '../host/host.ts';
import type { DatedNews } from '../status/compose.ts';
import { composeStatus } from '../status/compose.ts';
import type { ConsumerMetrics } from '../metrics.ts';
import { createConsumerMetrics } from '../metrics.ts';
import { describeReadiness } from '../status/describe.ts';
import type { WatchSettings, watchSettings } from '../settings.ts';
import type { StatusBoard } from '../status/status-board.ts';
import { createStatusBoard } from '../status/status-board.ts';
import { isPassAlive, startWatchdog } from '../agent/watchdog.ts';
import { takeLockForCommand } from './apply.ts';

/** The agent: receive, apply, report, until it is stopped. */
export async function runWatch({ io, settings, log }: CommandContext<typeof watchSettings>): Promise<number> {
  const host = await openHost(settings, { env: io.env, log });
  const lock = await takeLockForCommand(host, `pid ${io.pid} (watch)`);
  // A candidate that an agent left behind when it was killed will never be installed.
  await discardCandidate(host.live).catch(() => undefined);
  const store = openConfigStore(settings, { log });
  const self = await identifyOwnProcess();
  const agent = startAgent({ io, log, host, settings, self });
  const { loop, knowledge, metrics, blindness, lateness } = agent;
  const health = await serveHealth({
    address: settings.metricsAddress,
    givesReasons: settings.metricsDetails === 'on',
    metrics: metrics.registry,
    healthy: () => isPassAlive(agent.stepSince) || 'a pass has been running for too long',
    ready: () => readiness(knowledge, agent.news()),
    log,
    signal: io.signal,
  });
  const stopReloads = io.onReload(() => void readAgain({ store, loop, log }));
  const stopWatchdog = startWatchdog(io, agent.stepSince);
  watchFreeze(host.state.path, io.signal, () => loop.trigger('freeze'));
  log.info(
    { host: host.name, key: store.key, file: host.live.path, method: host.way.method },
    'program.started',
  );
  void notifySystemd(io, 'READY=1', 'STATUS=waiting for etcd');
  void warnIfUnusable(host, { io, log });
  try {
    await Promise.all([follow({ store, io, knowledge, loop, metrics, blindness, lateness, log }), loop.done]);
  } finally {
    stopReloads();
    stopWatchdog();
    await agent.board.close();
    await Promise.all([agent.announcer.close(), health.close(), store.close(), lock.release()]);
  }
  log.info('program.stopped');
  return 0;
}

/** Warns at the start already, since the first check may come much later; each check looks for the program again. */
async function warnIfUnusable(
  { binary, env, checkMemoryBytes }: Host,
  { io, log }: { readonly io: Io; readonly log: Logger },
): Promise<void> {
  const reason = await haproxyBinaryTrouble(binary, { env, signal: io.signal });
  if (reason !== undefined) log.warn({ reason }, 'haproxy-binary.rejected');
  if (checkMemoryBytes === undefined) return;
  const trouble = await memoryLimitTrouble({ env, signal: io.signal, timeoutMs: 10_000 });
  if (trouble !== undefined && !io.signal.aborted) log.warn({ reason: trouble }, 'check-limit.skipped');
}

interface AgentParts {
  readonly io: Io;
  readonly log: Logger;
  readonly host: Host;
  readonly settings: WatchSettings;
  readonly self: HostStatus['process'];
}

interface Agent {
  readonly loop: ReconcileLoop<Trigger>;
  readonly knowledge: Knowledge;
  readonly news: AgentLoop['news'];
  readonly stepSince: AgentLoop['stepSince'];
  readonly metrics: ConsumerMetrics;
  readonly blindness: Blindness;
  readonly lateness: Lateness;
  readonly board: StatusBoard;
  readonly announcer: Announcer;
}

/** Starts the loop, and connects it with metrics, log and status. */
function startAgent({ io, log, host, settings, self }: AgentParts): Agent {
  const describeSelf = createSelfDescription(io);
  const { startedAt } = describeSelf();
  let hostNameShared: HostNameShared | undefined;
  const knowledge: Knowledge = { reading: undefined };
  const onChange = (): void => board.update();
  const blindness = createBlindness({ log, signal: io.signal, onChange });
  const lateness = createLateness({ log, signal: io.signal, onChange });
  const metrics = createConsumerMetrics(
    {
      silenceSeconds: blindness.silenceSeconds,
      blindSeconds: blindness.seconds,
      isLate: () => lateness.late() !== undefined,
    },
    { namesCertificates: settings.metricsDetails === 'on' },
  );
  const announcer = openAnnouncer(settings, {
    host: host.name,
    self: describeSelf,
    log,
    onShared: (shared) => {
      hostNameShared = shared;
      onChange();
    },
    onWrite: metrics.statusWritten,
  });
  const agent = startAgentLoop({
    io,
    log,
    host,
    policy: policyOf(host, settings),
    knowledge,
    metrics,
    lateness,
    onChange,
  });
  const board = createStatusBoard({
    io,
    log,
    folder: host.state.path,
    publish: announcer.publish,
    compose: async () => {
      const { present, ended } = agent.memory().drift;
      const drift = [...present, ...ended];
      const certificates = agent.certificates();
      const status = composeStatus({
        host: host.name,
        startedAt,
        ...(self && { process: self }),
        reading: knowledge.reading,
        news: agent.news(),
        pending: lateness.late(),
        ledger: (await host.state.read())?.ledger,
        freeze: await readFreeze(host.state.path),
        haproxy: agent.haproxy(),
        blindSince: blindness.since(),
        hostNameShared,
        drift,
        certificates,
        copyFailure: agent.copyFailure(),
      });
      metrics.status(status);
      metrics.certificates(certificates);
      return status;
    },
  });
  board.update();
  return {
    loop: agent.loop,
    knowledge,
    news: agent.news,
    stepSince: agent.stepSince,
    metrics,
    blindness,
    lateness,
    board,
    announcer,
  };
}

/** Returns a description of this run of the agent, with the addresses that the machine has when it is called. */
function createSelfDescription({ hostName: machine, pid }: Io): () => HostAgent {
  const id = randomUUID();
  const startedAt = new Date().toISOString();
  return () => ({ id, machine, addresses: localAddresses(), pid, startedAt });
}

function policyOf({ live, strict, way, reloadJitterMs }: Host, settings: WatchSettings): Policy {
  return {
    file: live.path,
    onDrift: settings.drift,
    strict,
    method: way.method,
    reloads: { burst: settings.reloadBurst, intervalMs: settings.reloadInterval },
    jitterMs: reloadJitterMs,
  };
}

interface Following {
  readonly store: ConfigStore;
  readonly io: Io;
  readonly knowledge: Knowledge;
  readonly loop: ReconcileLoop<Trigger>;
  readonly metrics: ConsumerMetrics;
  readonly blindness: Blindness;
  readonly lateness: Lateness;
  readonly log: Logger;
}

function follow({ store, io, knowledge, loop, metrics, blindness, lateness, log }: Following): Promise<void> {
  return store.follow({
    signal: io.signal,
    onReading: (reading) => {
      knowledge.reading = reading;
      metrics.seen(revisionOf(reading));
      lateness.seen(revisionOf(reading));
      log.debug({ revision: revisionOf(reading), holds: reading.kind }, 'reading.received');
      loop.trigger('etcd');
    },
    onState: blindness.hear,
  });
}

/**
 * On SIGHUP or SIGUSR1: reads etcd again and starts a pass, also if etcd can't be read. If the watch delivered a
 * newer reading meanwhile, that stays.
 */
async function readAgain({ store, loop, log }: Pick<Following, 'store' | 'loop' | 'log'>): Promise<void> {
  log.info('reload.requested');
  try {
    await store.refresh();
  } catch (err) {
    log.warn({ err }, 'key-read.failed');
  }
  loop.trigger('signal');
}

/** Ready means: HAProxy runs what this host can take of the newest revision that a pass has handled. */
function readiness({ reading }: Knowledge, news: DatedNews | undefined): true | string {
  return describeReadiness(news?.outcome, reading !== undefined);
}
