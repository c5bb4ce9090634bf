import { chmodSync, existsSync, rmSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LoadBalancerHost } from '../../support/fleet/host.ts';
import type { RunningProcess } from '../../support/sandbox/processes.ts';
import type { Verdict } from './socket-tap.ts';
import { socketsOf, tapSocket } from './socket-tap.ts';

/** A step of an apply, detected from the consumer's commands and files and not from its log. */
export type Moment =
  /** The first query of HAProxy's state: the gate has passed, and there is no plan yet. */
  | 'queries HAProxy'
  /** The file of the candidate appears. */
  | 'stages the candidate'
  /** `haproxy -c` runs, and new binds are probed beside it. */
  | 'validates and probes'
  /** The file is in place; HAProxy doesn't get the reload. */
  | 'has installed the file'
  /** HAProxy gets the reload; the consumer doesn't get the answer. */
  | 'has sent the reload'
  /** The first query for the new worker. */
  | 'checks for the new worker'
  /** The last known good text is written, the ledger isn't. */
  | 'records the text'
  | 'has recorded everything'
  /** The first command that changes a server; HAProxy doesn't get it. */
  | 'changes servers'
  /** HAProxy gets the commands; the consumer doesn't get the answers. */
  | 'has changed servers';

/** A consumer on one host that a test can kill at a given step of an apply. */
export interface KillableConsumer {
  start(): RunningProcess;
  /** Kills the consumer and its child processes when it next reaches the moment; undefined cancels that. */
  killAt(moment: Moment | undefined): void;
  close(): void;
}

interface Hits {
  readonly master?: (command: string) => boolean;
  readonly runtime?: (command: string) => boolean;
  readonly verdict?: Verdict;
  /** Name of a file that appears or is replaced, in the folder of dynamic.cfg or in the state folder. */
  readonly file?: string;
}

const CHECK_RUNS = 'check-runs';

/** The command or file that reveals each moment. */
const HITS: Readonly<Record<Moment, Hits>> = {
  'queries HAProxy': { master: (command) => command.startsWith('show proc'), verdict: 'drop the command' },
  'stages the candidate': { file: '.dynamic.cfg.candidate' },
  'validates and probes': { file: CHECK_RUNS },
  'has installed the file': {
    master: (command) => command.startsWith('reload'),
    verdict: 'drop the command',
  },
  'has sent the reload': { master: (command) => command.startsWith('reload'), verdict: 'drop the answer' },
  // `judge` decides itself: any command to the master after the reload.
  'checks for the new worker': { master: () => false, verdict: 'drop the command' },
  'records the text': { file: 'last-known-good.cfg' },
  'has recorded everything': { file: 'ledger.json' },
  'changes servers': { runtime: changesServers, verdict: 'drop the command' },
  'has changed servers': { runtime: changesServers, verdict: 'drop the answer' },
};

function changesServers(command: string): boolean {
  return /^(set|add|enable|disable) /.test(command);
}

/** Prepares taps on both of HAProxy's sockets, a HAProxy that can wait in `-c`, and watchers of the files. */
export async function createKillableConsumer(host: LoadBalancerHost): Promise<KillableConsumer> {
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
      const isProof = moment === 'checks for the new worker' && socket === 'master' && reloaded;
      reloaded ||= socket === 'master' && command.startsWith('reload');
      if (!isProof && hits[socket]?.(command) !== true) return 'pass';
      hit();
      return hits.verdict ?? 'pass';
    };
  const sockets = socketsOf(host);
  const master = await tapSocket(sockets.master, judge('master'));
  const runtime = await tapSocket(sockets.runtime, judge('runtime'));
  const binary = waitingHaproxy(host.haproxyBinary, folder, armed);
  const watchers = [folder, host.stateDirectory].map((place) =>
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
      if (next === 'validates and probes') writeFileSync(armed, '');
      moment = next;
    },
    close: () => {
      for (const each of [...watchers, master, runtime]) each.close();
    },
  };
}

/** A wrapper of HAProxy: while the file `armed` exists, it creates the file `CHECK_RUNS` and waits to be killed. */
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
