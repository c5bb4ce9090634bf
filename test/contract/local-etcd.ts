import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@kubefigurator/daemon';
import {
  openConfigStore,
  type ConfigStore,
  type EtcdSettings,
  type FollowState,
  type Reading,
  type StoreOptions,
} from '@kubefigurator/etcd-store';
import { runChecked, startProcess, type RunningProcess } from '../support/sandbox/processes.ts';
import { programPath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

export const KEY = '/fleet/config';

/** A real etcd on this machine's loopback, with a folder of its own. */
export interface LocalEtcd {
  readonly url: string;
  readonly folder: string;
  process(): RunningProcess;
  /** Starts it again, with its data, and waits until it answers. */
  start(): Promise<void>;
  /** Removes its data; it must not run. */
  wipe(): void;
  /** Runs etcdctl and gives what it printed. */
  etcdctl(...args: readonly string[]): Promise<string>;
  /** Ends it and removes its folder. */
  end(): Promise<void>;
}

export interface LocalEtcdOptions {
  readonly scheme?: 'http' | 'https';
  readonly flags?: readonly string[];
  readonly etcdctlFlags?: readonly string[];
  readonly folder?: string;
}

/** A folder for one test file. */
export function testFolder(): string {
  return mkdtempSync(join(tmpdir(), 'etcd-store-'));
}

export async function startLocalEtcd(options: LocalEtcdOptions = {}): Promise<LocalEtcd> {
  const folder = options.folder ?? testFolder();
  const [port, peerPort] = [await freePort(), await freePort()];
  const url = `${options.scheme ?? 'http'}://127.0.0.1:${String(port)}`;
  const peer = `http://127.0.0.1:${String(peerPort)}`;
  const data = join(folder, 'data');
  const etcdctl = (...args: readonly string[]): Promise<string> =>
    runChecked([programPath('etcdctl'), '--endpoints', url, ...(options.etcdctlFlags ?? []), ...args], {
      env: { ETCDCTL_API: '3' },
      limitMs: 8_000,
    });
  let current: RunningProcess;

  async function start(): Promise<void> {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const flags = [
      '--name=one',
      `--data-dir=${data}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
    ];
    const peers = [
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=one=${peer}`,
    ];
    const command = [programPath('etcd'), ...flags, ...peers, ...(options.flags ?? [])];
    current = startProcess({
      name: 'etcd',
      command,
      logs: folder,
      env: { ETCD_UNSUPPORTED_ARCH: process.arch },
    });
    await waitFor(
      'etcd answers',
      async () => {
        if (!current.running()) throw new Error(`etcd ended at once:\n${current.tail()}`);
        return when(
          /ready to serve client requests|serving (insecure )?client requests|serving client traffic/.test(
            current.log(),
          ) && (await answers()),
          current.tail(5),
        );
      },
      { limitMs: 20_000 },
    );
  }
  async function answers(): Promise<boolean> {
    return await etcdctl('get', 'none').then(
      () => true,
      (error: unknown) => /user name is empty|permission denied/.test(String(error)),
    );
  }

  await start();
  return {
    url,
    folder,
    process: () => current,
    start,
    wipe: () => rmSync(data, { recursive: true }),
    etcdctl,
    end: async () => {
      if (current.running()) await current.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens a store as our programs do. */
export function storeAt(
  url: string,
  settings: Partial<EtcdSettings> = {},
  options: Partial<StoreOptions> = {},
): ConfigStore {
  const none = { etcdCaFile: undefined, etcdClientCertFile: undefined, etcdClientKeyFile: undefined };
  const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });
  const user = { etcdUser: undefined, etcdPasswordFile: undefined, etcdProxy: undefined };
  return openConfigStore(
    { etcdHost: [url], etcdPath: KEY, ...none, ...user, ...settings },
    { log, ...options },
  );
}

/** Everything that a follow reported, and ways to wait for more. */
export interface Following {
  readonly readings: readonly Reading[];
  readonly states: readonly FollowState[];
  /** The reported texts in order; for a reading that isn't a text, its `kind`. */
  texts(): string[];
  /** Waits until the last report is this text or kind; returns the milliseconds that took. */
  until(text: string, limitMs?: number): Promise<number>;
  untilConnected(connected: boolean, limitMs?: number): Promise<FollowState>;
  stop(): Promise<void>;
}

export function follow(store: ConfigStore): Following {
  const stop = new AbortController();
  const readings: Reading[] = [];
  const states: FollowState[] = [];
  const done = store.follow({
    signal: stop.signal,
    onReading: (reading) => readings.push(reading),
    onState: (state) => states.push(state),
  });
  const texts = (): string[] => readings.map((reading) => textOf(reading));
  return {
    readings,
    states,
    texts,
    until: async (text, limitMs = 10_000) => {
      const began = performance.now();
      await waitFor(`"${text}" is reported`, () => when(texts().at(-1) === text, texts().join(' | ')), {
        limitMs,
        everyMs: 5,
      });
      return performance.now() - began;
    },
    untilConnected: (connected, limitMs = 10_000) =>
      waitFor(
        connected ? 'connected' : 'disconnected',
        () => {
          const state = states.at(-1);
          return state?.connected === connected ? { done: state } : { pending: JSON.stringify(state) };
        },
        { limitMs, everyMs: 5 },
      ),
    stop: async () => {
      stop.abort();
      await done;
    },
  };
}

export function textOf(reading: Reading): string {
  return reading.kind === 'published' ? reading.published.text : reading.kind;
}
