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
import { startReloadCheck } from '../agent/reload-check.ts';
import { isPassAlive, startWatchdog } from '../agent/watchdog.ts';
import { takeHostLock } from './host-lock.ts';

/** The agent: receive, apply, report, until it is stopped. */
export async function runWatch({ io, settings, log }: CommandContext<typeof watchSettings>): Promise<number> {
  const host = await openHost(settings, { env: io.env, log });
  const lock = await takeHostLock(host, `pid ${io.pid} (watch)`);
  const store = openConfigStore(settings, { log });
  const base = prepareAgent({ io, log, settings });
  const { knowledge, metrics, blindness, lateness } = base;
  const started: { agent?: Agent } = {};
  // Before the loop: a second agent fails here, before it has touched the host.
  const health = await serveHealth({
    address: settings.metricsAddress,
    givesReasons: settings.metricsDetails === 'on',
    metrics: metrics.registry,
    healthy: () => isPassAlive(() => started.agent?.stepSince()) || 'a pass has been running for too long',
    ready: () => readiness(knowledge, started.agent?.news()),
    log,
    signal: io.signal,
  }).catch(async (error: unknown) => {
    await Promise.all([store.close(), lock.release()]);
    throw error;
  });
  // A candidate that an agent left behind when it was killed will never be installed.
  await discardCandidate(host.live).catch(() => undefined);
  const agent = startAgent({ ...base, io, log, host, settings, self: await identifyOwnProcess() });
  started.agent = agent;
  const { loop, stepSince, board, announcer } = agent;
  const stopReloads = io.onReload(() => void readAgain({ store, loop, log }));
  const stopWatchdog = startWatchdog(io, stepSince);
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
    await board.close();
    await Promise.all([announcer.close(), health.close(), store.close(), lock.release()]);
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

/** What is there before the agent touches the host. */
interface AgentBase {
  readonly knowledge: Knowledge;
  readonly metrics: ConsumerMetrics;
  readonly blindness: Blindness;
  readonly lateness: Lateness;
  /** Called when the status may have changed; before the agent has started, there is no status. */
  readonly changes: { listener: () => void };
}

function prepareAgent({ io, log, settings }: Pick<AgentParts, 'io' | 'log' | 'settings'>): AgentBase {
  const changes = { listener: (): void => undefined };
  const onChange = (): void => changes.listener();
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
  return { knowledge: { reading: undefined }, metrics, blindness, lateness, changes };
}

interface AgentParts extends AgentBase {
  readonly io: Io;
  readonly log: Logger;
  readonly host: Host;
  readonly settings: WatchSettings;
  readonly self: HostStatus['process'];
}

interface Agent {
  readonly loop: ReconcileLoop<Trigger>;
  readonly news: AgentLoop['news'];
  readonly stepSince: AgentLoop['stepSince'];
  readonly board: StatusBoard;
  readonly announcer: Announcer;
}

/** Starts the loop, and connects it with metrics, log and status. */
function startAgent({ io, log, host, settings, self, ...base }: AgentParts): Agent {
  const { knowledge, metrics, blindness, lateness, changes } = base;
  const describeSelf = createSelfDescription(io);
  const { startedAt } = describeSelf();
  let hostNameShared: HostNameShared | undefined;
  const onChange = (): void => changes.listener();
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
  const reloadCheck = startReloadCheck({
    host,
    signal: io.signal,
    log,
    isAtRest: () => agent.news() !== undefined && agent.stepSince() === undefined,
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
        reloadTrouble: reloadCheck.trouble(),
      });
      metrics.status(status);
      metrics.certificates(certificates);
      return status;
    },
  });
  changes.listener = board.update;
  board.update();
  return { loop: agent.loop, news: agent.news, stepSince: agent.stepSince, board, announcer };
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
