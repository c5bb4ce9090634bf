import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import type { CommandOptions, CommandResult, Exit, RunningProcess } from './processes.ts';
import { runCommand, startProcess } from './processes.ts';
import { bundlePath, programPath } from './programs.ts';
import { waitFor, when } from './wait.ts';

const METRICS_PORT = 9641;

export interface HostSpec {
  readonly name: string;
  readonly address: string;
  /** Folder of this host's files. */
  readonly folder: string;
  readonly logs: string;
  readonly etcdUrl: string;
  readonly certificateDir: string;
  /** Further lines of the operator's own haproxy.cfg. */
  readonly baseConfig?: string;
}

/** A load-balancer host: an address of its own with HAProxy and the built consumer. */
export interface LoadBalancerHost {
  readonly name: string;
  readonly address: string;
  readonly haproxyConfig: string;
  readonly baseConfig: string;
  readonly stateDirectory: string;
  /** Flags that make the consumer's commands work on this host. */
  readonly consumerFlags: readonly string[];
  haproxy(): RunningProcess;
  startHaproxy(): Promise<void>;
  stopHaproxy(): Promise<Exit>;
  consumer(): RunningProcess;
  /** Starts `consumer watch`; resolves as soon as the process is there. */
  startConsumer(...flags: readonly string[]): RunningProcess;
  stopConsumer(): Promise<Exit>;
  /** Runs `consumer apply` or `diff` on this host to its end. */
  runConsumer(command: string, ...flags: readonly string[]): Promise<CommandResult>;
  /** Waits until the consumer says by /readyz that HAProxy runs the revision etcd has. */
  waitUntilReady(limitMs?: number): Promise<void>;
  /** Our file as it is on disk. */
  dynamicConfig(): string;
  /** `haproxy -c` with this host's base file and a candidate. */
  check(text: string): Promise<CommandResult>;
  /** A command on HAProxy's runtime socket. */
  runtime(command: string): Promise<string>;
  /** A command on HAProxy's master socket. */
  master(command: string): Promise<string>;
  /** Runs any command in this host's namespace. */
  run(command: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts any program in this host's namespace. */
  startProgram(name: string, command: readonly string[]): RunningProcess;
  /** Everything started on this host, also what ended since. */
  processes(): readonly RunningProcess[];
}

interface Paths {
  readonly base: string;
  readonly dynamic: string;
  readonly state: string;
  readonly masterSocket: string;
  readonly runtimeSocket: string;
}

/** Lays out a host's files, as a package would: a valid dynamic.cfg that serves nothing. */
export function createHost(spec: HostSpec): LoadBalancerHost {
  const paths = layOut(spec);
  const consumerFlags = flagsFor(spec, paths);
  let haproxy: RunningProcess | undefined;
  let consumer: RunningProcess | undefined;
  const present = (process: RunningProcess | undefined, what: string): RunningProcess => {
    if (process === undefined) throw new Error(`${what} was never started on ${spec.name}`);
    return process;
  };
  const run = (command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand(command, { ...options, netns: spec.name });
  const started: RunningProcess[] = [];
  const startProgram = (name: string, command: readonly string[]): RunningProcess => {
    const program = startProcess({
      name: `${spec.name}-${name}`,
      command,
      logs: spec.logs,
      netns: spec.name,
    });
    started.push(program);
    return program;
  };
  return {
    name: spec.name,
    address: spec.address,
    haproxyConfig: paths.dynamic,
    baseConfig: paths.base,
    stateDirectory: paths.state,
    consumerFlags,
    haproxy: () => present(haproxy, 'HAProxy'),
    startHaproxy: async () => {
      const files = ['-f', paths.base, '-f', paths.dynamic];
      haproxy = startProgram('haproxy', [programPath('haproxy'), '-W', '-S', paths.masterSocket, ...files]);
      await waitUntilUp(haproxy, paths);
    },
    stopHaproxy: () => present(haproxy, 'HAProxy').stop(),
    consumer: () => present(consumer, 'the consumer'),
    startConsumer: (...flags) => {
      const command = [process.execPath, bundlePath('consumer'), 'watch', ...consumerFlags];
      consumer = startProgram('consumer', [
        ...command,
        `--metrics-address=0.0.0.0:${String(METRICS_PORT)}`,
        ...flags,
      ]);
      return consumer;
    },
    stopConsumer: () => present(consumer, 'the consumer').stop(),
    runConsumer: (command, ...flags) =>
      run([process.execPath, bundlePath('consumer'), command, ...consumerFlags, ...flags]),
    waitUntilReady: async (limitMs = 15_000) => {
      const agent = present(consumer, 'the consumer');
      await waitFor(`${spec.name}'s consumer is ready`, () => readiness(agent, spec.address), { limitMs });
    },
    dynamicConfig: () => readFileSync(paths.dynamic, 'utf8'),
    check: (text) => {
      const candidate = join(spec.folder, 'candidate.cfg');
      writeFileSync(candidate, text);
      return run([programPath('haproxy'), '-c', '-f', paths.base, '-f', candidate]);
    },
    runtime: (command) => askSocket(paths.runtimeSocket, command),
    master: (command) => askSocket(paths.masterSocket, command),
    run,
    startProgram,
    processes: () => started,
  };
}

function layOut(spec: HostSpec): Paths {
  const sockets = `/run/kf/${spec.name}`;
  const paths = {
    base: join(spec.folder, 'haproxy.cfg'),
    dynamic: join(spec.folder, 'dynamic.cfg'),
    state: join(spec.folder, 'state'),
    masterSocket: join(sockets, 'master.sock'),
    runtimeSocket: join(sockets, 'admin.sock'),
  };
  for (const folder of [spec.folder, paths.state, sockets]) mkdirSync(folder, { recursive: true });
  writeFileSync(paths.base, `${baseConfig(paths.runtimeSocket)}${spec.baseConfig ?? ''}`);
  writeFileSync(paths.dynamic, `${CONFIG_HEADER}\n`);
  return paths;
}

/** The operator's file, as plain as Debian's own. */
function baseConfig(runtimeSocket: string): string {
  return `global
  stats socket ${runtimeSocket} mode 660 level admin
  maxconn 4000
  hard-stop-after 60s

defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
`;
}

function flagsFor(spec: HostSpec, paths: Paths): string[] {
  const flags = {
    'etcd-host': spec.etcdUrl,
    'haproxy-config': paths.dynamic,
    'haproxy-base-config': paths.base,
    'haproxy-binary': programPath('haproxy'),
    'haproxy-master-socket': paths.masterSocket,
    'haproxy-runtime-socket': paths.runtimeSocket,
    'state-directory': paths.state,
    'host-name': spec.name,
    'certificate-dir': spec.certificateDir,
    'log-format': 'json',
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

async function waitUntilUp(haproxy: RunningProcess, paths: Paths): Promise<void> {
  await waitFor(`${haproxy.name} is up`, async () => {
    if (!haproxy.running()) throw new Error(`${haproxy.name} ended at once:\n${haproxy.tail()}`);
    const replies = await Promise.all([
      askSocket(paths.runtimeSocket, 'show info').catch(() => ''),
      askSocket(paths.masterSocket, 'show proc').catch(() => ''),
    ]);
    return when(
      replies.every((reply) => reply !== ''),
      haproxy.tail(3),
    );
  });
}

async function readiness(
  agent: RunningProcess,
  address: string,
): Promise<{ done: true } | { pending: string }> {
  if (!agent.running()) throw new Error(`${agent.name} ended:\n${agent.tail()}`);
  const url = `http://${address}:${String(METRICS_PORT)}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return when(response.ok, `${await response.text()}\n${agent.tail(5)}`);
  } catch (error) {
    return { pending: `${String(error)}\n${agent.tail(5)}` };
  }
}

/** One command to one of HAProxy's sockets; half-closes, as the master needs it. */
export function askSocket(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true, timeout: 5000 });
    let reply = '';
    socket.on('data', (chunk) => (reply += String(chunk)));
    socket.on('timeout', () => socket.destroy(new Error(`${path}: no reply`)));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(reply);
    });
    socket.end(`${command}\n`);
  });
}
