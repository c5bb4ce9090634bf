import { connect } from 'node:net';
import { join } from 'node:path';
import type { RunningProcess } from '../sandbox/processes.ts';
import { startProcess } from '../sandbox/processes.ts';
import { programPath } from '../sandbox/programs.ts';
import { waitFor } from '../sandbox/wait.ts';

/** A real `etcd grpc-proxy` in front of an etcd. */
export interface GrpcProxy {
  readonly url: string;
  /** The current process. */
  process(): RunningProcess;
  /** Starts it again after a stop or kill; resolves when it listens. */
  start(): Promise<void>;
}

export interface GrpcProxySpec {
  /** Default `grpc-proxy`. */
  readonly name?: string;
  /** Host and port. */
  readonly listen: string;
  /** The URL of the etcd behind it, which needn't run yet. */
  readonly etcdUrl: string;
  readonly logs: string;
}

/** Starts a proxy and waits until it listens. */
export async function startGrpcProxy(spec: GrpcProxySpec): Promise<GrpcProxy> {
  const { name = 'grpc-proxy', listen, etcdUrl, logs } = spec;
  const [host = '', port = ''] = listen.split(':');
  const flags = [
    `--endpoints=${new URL(etcdUrl).host}`,
    `--listen-addr=${listen}`,
    `--advertise-client-url=${listen}`,
    `--data-dir=${join(logs, name)}`,
  ];
  const launch = (): RunningProcess =>
    startProcess({
      name,
      command: [programPath('etcd'), 'grpc-proxy', 'start', ...flags],
      logs,
      env: { ETCD_UNSUPPORTED_ARCH: process.arch },
    });
  let current = launch();
  const ready = async (): Promise<void> => {
    await waitFor(
      `${name} listens`,
      async () => {
        if (!current.running()) throw new Error(`${name} ended at once:\n${current.tail()}`);
        return (await listens(host, Number(port))) ? { done: true } : { pending: current.tail(5) };
      },
      { limitMs: 20_000 },
    );
  };
  await ready();
  return {
    url: `http://${listen}`,
    process: () => current,
    start: async () => {
      current = launch();
      await ready();
    },
  };
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const finish = (connected: boolean): void => {
      socket.destroy();
      resolve(connected);
    };
    socket.on('connect', () => finish(true)).on('error', () => finish(false));
  });
}
