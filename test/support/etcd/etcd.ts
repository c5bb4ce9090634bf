import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BRIDGE_ADDRESS } from '../sandbox/network.ts';
import type { CommandResult, Exit, RunningProcess } from '../sandbox/processes.ts';
import { runCommand, startProcess } from '../sandbox/processes.ts';
import { programPath } from '../sandbox/programs.ts';
import { waitFor } from '../sandbox/wait.ts';

/** The key that both programs use by default. */
export const DEFAULT_PATH = '/stackexchange.com/haproxy-kubefigurator/config';

/** A real etcd on the bridge. */
export interface Etcd {
  readonly url: string;
  /** The current process. */
  process(): RunningProcess;
  /** Starts it again with its data after a stop or kill; resolves when it is ready. */
  start(): Promise<void>;
  stop(): Promise<Exit>;
  kill(): Promise<Exit>;
  etcdctl(...args: readonly string[]): Promise<CommandResult>;
  /** The value as `etcdctl get --print-value-only` prints it, without etcdctl's own newline; undefined when absent. */
  get(key?: string): Promise<string | undefined>;
  /** Writes the value as it is, by `etcdctl put`. */
  put(value: string | Buffer, key?: string): Promise<void>;
  delete(key?: string): Promise<void>;
}

export interface EtcdSpec {
  readonly name: string;
  readonly folder: string;
  readonly logs: string;
  readonly port: number;
  /** Additional flags, or other values of the default ones, without the leading dashes. */
  readonly flags?: Readonly<Record<string, string>>;
}

/** The URL of an etcd that listens on this port. */
export function etcdUrl(port: number): string {
  return `http://${BRIDGE_ADDRESS}:${String(port)}`;
}

/** Starts an etcd and waits until it answers. */
export async function startEtcd(spec: EtcdSpec): Promise<Etcd> {
  const url = etcdUrl(spec.port);
  let current = launch(spec, url);
  await ready(current, url);
  const etcdctl = (args: readonly string[], input: string | Buffer = ''): Promise<CommandResult> =>
    runCommand([programPath('etcdctl'), '--endpoints', url, ...args], { env: { ETCDCTL_API: '3' }, input });
  const checked = async (args: readonly string[], input: string | Buffer = ''): Promise<string> => {
    const result = await etcdctl(args, input);
    if (result.code !== 0) throw new Error(`etcdctl ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  return {
    url,
    process: () => current,
    start: async () => {
      current = launch(spec, url);
      await ready(current, url);
    },
    stop: () => current.stop(),
    kill: () => current.kill(),
    etcdctl: (...args) => etcdctl(args),
    get: async (key = DEFAULT_PATH) => {
      const { kvs } = JSON.parse(await checked(['get', key, '-w', 'json'])) as { kvs?: { value?: string }[] };
      return kvs?.[0] === undefined ? undefined : Buffer.from(kvs[0].value ?? '', 'base64').toString('utf8');
    },
    put: async (value, key = DEFAULT_PATH) => {
      // An empty argument means an empty value; a missing one means standard input.
      await (value === '' ? checked(['put', key, '']) : checked(['put', key], value));
    },
    delete: async (key = DEFAULT_PATH) => {
      await checked(['del', key]);
    },
  };
}

function launch(spec: EtcdSpec, url: string): RunningProcess {
  const data = join(spec.folder, spec.name);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const peer = `http://127.0.0.1:${String(spec.port + 1)}`;
  const flags = {
    name: spec.name,
    'data-dir': data,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `${spec.name}=${peer}`,
    ...spec.flags,
  };
  const command = [
    programPath('etcd'),
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ];
  return startProcess({
    name: spec.name,
    command,
    logs: spec.logs,
    // On an architecture that etcd doesn't support officially, it starts only if this variable names it.
    env: { ETCD_UNSUPPORTED_ARCH: process.arch },
  });
}

async function ready(etcd: RunningProcess, url: string): Promise<void> {
  await waitFor(
    `${etcd.name} answers`,
    async () => {
      if (!etcd.running()) throw new Error(`${etcd.name} ended at once:\n${etcd.tail()}`);
      const healthy = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1000) }).then(
        (response) => response.ok,
        () => false,
      );
      return healthy ? { done: true } : { pending: etcd.tail(5) };
    },
    { limitMs: 20_000 },
  );
}
