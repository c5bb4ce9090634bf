import { chmodSync, existsSync, rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadBalancerHost } from '../../support/fleet/host.ts';
import type { RunningProcess } from '../../support/sandbox/processes.ts';
import type { Verdict } from './socket-tap.ts';
import { tapSocket } from './socket-tap.ts';

/** A step of an apply, seen by what the consumer does and not by the consumer's own word. */
export type Moment =
  /** The first look at HAProxy: the gate is passed, nothing is planned. */
  | 'looks at HAProxy'
  /** The candidate's file appears. */
  | 'stages'
  /** `haproxy -c` runs, and new binds are probed beside it. */
  | 'checks and probes'
  /** The file is in place, and HAProxy is about to hear of it. */
  | 'has installed'
  /** HAProxy got the word, and its answer is not heard. */
  | 'has reloaded'
  /** The first look for the new worker. */
  | 'looks for the proof'
  /** The last known good text is written, the ledger isn't. */
  | 'records the text'
  | 'has recorded'
  /** The first command to change a server, which HAProxy doesn't get. */
  | 'changes servers'
  /** HAProxy got the commands, and its answers are not heard. */
  | 'has changed servers';

/** A consumer on one host that is killed at a moment of one's choice. */
export interface Victim {
  start(): RunningProcess;
  /** Kills the consumer, with all it started, the next time the moment comes; undefined takes that back. */
  killAt(moment: Moment | undefined): void;
  close(): void;
}

interface Hits {
  readonly master?: (command: string) => boolean;
  readonly runtime?: (command: string) => boolean;
  readonly verdict?: Verdict;
  /** Name of a file that appears or is replaced, here or in the state folder. */
  readonly file?: string;
}

const CHECK_RUNS = 'check-runs';

/** By what each moment is known. */
const HITS: Readonly<Record<Moment, Hits>> = {
  'looks at HAProxy': { master: (command) => command.startsWith('show proc'), verdict: 'swallow' },
  stages: { file: '.dynamic.cfg.candidate' },
  'checks and probes': { file: CHECK_RUNS },
  'has installed': { master: (command) => command.startsWith('reload'), verdict: 'swallow' },
  'has reloaded': { master: (command) => command.startsWith('reload'), verdict: 'keep the answer' },
  'looks for the proof': { master: () => false, verdict: 'swallow' },
  'records the text': { file: 'last-known-good.cfg' },
  'has recorded': { file: 'ledger.json' },
  'changes servers': { runtime: changesServers, verdict: 'swallow' },
  'has changed servers': { runtime: changesServers, verdict: 'keep the answer' },
};

function changesServers(command: string): boolean {
  return /^(set|add|enable|disable) /.test(command);
}

/** Prepares taps on both of HAProxy's sockets, a HAProxy that can wait in `-c`, and eyes on the files. */
export async function createVictim(host: LoadBalancerHost): Promise<Victim> {
  const folder = dirname(host.haproxyConfig);
  const armed = join(folder, 'check-waits');
  let moment: Moment | undefined;
  let reloaded = false;
  const hit = (): void => {
    moment = undefined;
    rmSync(armed, { force: true });
    process.kill(-host.consumer().pid, 'SIGKILL');
  };
  const judge =
    (socket: 'master' | 'runtime') =>
    (command: string): Verdict => {
      if (moment === undefined) return 'pass';
      const hits = HITS[moment];
      const isProof = moment === 'looks for the proof' && socket === 'master' && reloaded;
      reloaded ||= socket === 'master' && command.startsWith('reload');
      if (!isProof && hits[socket]?.(command) !== true) return 'pass';
      hit();
      return hits.verdict ?? 'pass';
    };
  const sockets = socketsOf(host);
  const master = await tapSocket(sockets.master, judge('master'));
  const runtime = await tapSocket(sockets.runtime, judge('runtime'));
  const binary = waitingHaproxy(host.haproxyBinary, folder, armed);
  const eyes = [folder, host.stateDirectory].map((place) =>
    watch(place, (event, name) => {
      if (
        moment !== undefined &&
        event === 'rename' &&
        HITS[moment].file === name &&
        existsSync(join(place, name))
      )
        hit();
    }),
  );
  return {
    start: () =>
      host.startConsumer(
        `--haproxy-master-socket=${master.path}`,
        `--haproxy-runtime-socket=${runtime.path}`,
        `--haproxy-binary=${binary}`,
      ),
    killAt: (next) => {
      reloaded = false;
      rmSync(join(folder, CHECK_RUNS), { force: true });
      if (next === 'checks and probes') writeFileSync(armed, '');
      moment = next;
    },
    close: () => {
      for (const each of [...eyes, master, runtime]) each.close();
    },
  };
}

/** A HAProxy that tells of each check and, while it is armed, waits to be killed in it. */
function waitingHaproxy(binary: string, folder: string, armed: string): string {
  const path = join(folder, 'waiting-haproxy');
  const lines = [
    '#!/bin/sh',
    `if [ -e '${armed}' ]; then : >'${join(folder, CHECK_RUNS)}'; exec sleep 60; fi`,
    `exec '${binary}' "$@"`,
    '',
  ];
  writeFileSync(path, lines.join('\n'));
  chmodSync(path, 0o755);
  return path;
}

/** The sockets that the consumer's own flags name. */
function socketsOf(host: LoadBalancerHost): { readonly master: string; readonly runtime: string } {
  const flag = (name: string): string => {
    const found = host.consumerFlags.find((each) => each.startsWith(`--${name}=`));
    if (found === undefined) throw new Error(`${host.name} has no --${name}`);
    return found.slice(name.length + 3);
  };
  return { master: flag('haproxy-master-socket'), runtime: flag('haproxy-runtime-socket') };
}
