import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askSocket } from '../haproxy/haproxy-socket.ts';
import type { HostPaths, HostSpec } from './host-files.ts';
import { asEnvironment, consumerFlagsFor, layOutHost, unitEnvironment } from './host-files.ts';
import type { CommandOptions, CommandResult, Exit, RunningProcess } from '../sandbox/processes.ts';
import { runCommand, startProcess } from '../sandbox/processes.ts';
import { bundlePath } from '../sandbox/programs.ts';
import type { WaitResult } from '../sandbox/wait.ts';
import { waitFor, when } from '../sandbox/wait.ts';

const METRICS_PORT = 9641;

/** A load-balancer host: HAProxy and the built consumer at an address of their own. */
export interface LoadBalancerHost {
  readonly name: string;
  readonly address: string;
  readonly haproxyBinary: string;
  /** The path of dynamic.cfg. */
  readonly haproxyConfig: string;
  /** The path of the operator's own haproxy.cfg. */
  readonly baseConfig: string;
  readonly stateDirectory: string;
  /** Flags that make the consumer's commands work on this host. */
  readonly consumerFlags: readonly string[];
  /** HAProxy as it was started last, even if it has ended; throws if it never was. */
  haproxy(): RunningProcess;
  /** Starts HAProxy and waits until its sockets answer. */
  startHaproxy(): Promise<void>;
  stopHaproxy(): Promise<Exit>;
  /** `consumer watch` as it was started last, even if it has ended; throws if it never was. */
  consumer(): RunningProcess;
  /** Starts `consumer watch`; returns without waiting for it to be ready. */
  startConsumer(...flags: readonly string[]): RunningProcess;
  stopConsumer(): Promise<Exit>;
  /** Runs a command of the consumer, such as `apply` or `status`, on this host to its end. */
  runConsumer(command: string, ...flags: readonly string[]): Promise<CommandResult>;
  /** Waits until /readyz of the consumer reports that HAProxy runs etcd's revision. */
  waitUntilReady(limitMs?: number): Promise<void>;
  /** The dynamic.cfg that is on disk. */
  dynamicConfig(): string;
  /** Runs `haproxy -c` with this host's base file and a candidate. */
  check(text: string): Promise<CommandResult>;
  /** Sends a command to HAProxy's runtime socket. */
  runtime(command: string): Promise<string>;
  /** Sends a command to HAProxy's master socket. */
  master(command: string): Promise<string>;
  /** Runs any command in this host's namespace. */
  run(command: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts any program in this host's namespace. */
  startProgram(
    name: string,
    command: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): RunningProcess;
  /** Every process that was started on this host, including ended ones. */
  processes(): readonly RunningProcess[];
}

/** Creates a host with the files of a fresh package: its dynamic.cfg is valid and serves nothing. */
export function createHost(spec: HostSpec): LoadBalancerHost {
  const paths = layOutHost(spec);
  const consumerFlags = consumerFlagsFor(spec, paths);
  let haproxy: RunningProcess | undefined;
  let consumer: RunningProcess | undefined;
  const orThrow = (process: RunningProcess | undefined, what: string): RunningProcess => {
    if (process === undefined) throw new Error(`${what} was never started on ${spec.name}`);
    return process;
  };
  const run = (command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> =>
    runCommand(command, { ...options, netns: spec.name });
  const processes: RunningProcess[] = [];
  const startProgram: LoadBalancerHost['startProgram'] = (name, command, env = {}) => {
    const program = startProcess({
      name: `${spec.name}-${name}`,
      command,
      logs: spec.logs,
      netns: spec.name,
      env,
    });
    processes.push(program);
    return program;
  };
  return {
    name: spec.name,
    address: spec.address,
    haproxyBinary: spec.haproxyBinary,
    haproxyConfig: paths.dynamic,
    baseConfig: paths.base,
    stateDirectory: paths.state,
    consumerFlags,
    haproxy: () => orThrow(haproxy, 'HAProxy'),
    startHaproxy: async () => {
      const files = ['-f', paths.base, '-f', paths.dynamic];
      haproxy = startProgram('haproxy', [spec.haproxyBinary, '-W', '-S', paths.masterSocket, ...files]);
      await waitUntilUp(haproxy, paths);
    },
    stopHaproxy: () => orThrow(haproxy, 'HAProxy').stop(),
    consumer: () => orThrow(consumer, 'the consumer'),
    startConsumer: (...flags) => {
      const command = [process.execPath, bundlePath('consumer'), 'watch', ...consumerFlags];
      const metrics = `--metrics-address=0.0.0.0:${String(METRICS_PORT)}`;
      consumer = startProgram('consumer', [...command, metrics, ...flags], unitEnvironment());
      return consumer;
    },
    stopConsumer: () => orThrow(consumer, 'the consumer').stop(),
    runConsumer: (command, ...flags) =>
      run([process.execPath, bundlePath('consumer'), command, ...flags], {
        env: asEnvironment(consumerFlags),
      }),
    waitUntilReady: async (limitMs = 15_000) => {
      const agent = orThrow(consumer, 'the consumer');
      await waitFor(`${spec.name}'s consumer is ready`, () => readiness(agent, spec.address), { limitMs });
    },
    dynamicConfig: () => readFileSync(paths.dynamic, 'utf8'),
    check: (text) => {
      const candidate = join(spec.folder, 'candidate.cfg');
      writeFileSync(candidate, text);
      return run([spec.haproxyBinary, '-c', '-f', paths.base, '-f', candidate]);
    },
    runtime: (command) => askSocket(paths.runtimeSocket, command),
    master: (command) => askSocket(paths.masterSocket, command),
    run,
    startProgram,
    processes: () => processes,
  };
}

async function waitUntilUp(haproxy: RunningProcess, paths: HostPaths): Promise<void> {
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

/** Asks /readyz of the consumer; throws if the consumer has ended. */
async function readiness(agent: RunningProcess, address: string): Promise<WaitResult<true>> {
  if (!agent.running()) throw new Error(`${agent.name} ended:\n${agent.tail()}`);
  const url = `http://${address}:${String(METRICS_PORT)}/readyz`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    return when(response.ok, `${await response.text()}\n${agent.tail(5)}`);
  } catch (error) {
    return { pending: `${String(error)}\n${agent.tail(5)}` };
  }
}
