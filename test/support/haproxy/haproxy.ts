import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askSocket } from './haproxy-socket.ts';
import type { CommandResult, RunningProcess } from '../sandbox/processes.ts';
import { runCommand, startProcess } from '../sandbox/processes.ts';
import { haproxyPaths } from '../sandbox/programs.ts';
import { waitFor, when } from '../sandbox/wait.ts';

/** One version of HAProxy the harness has. */
export interface HaproxyVersion {
  readonly path: string;
  /** `2.6.12`. */
  readonly version: string;
}

/** Every HAProxy of the harness, the system's own first, as pairs of version and program for `describe.each`. */
export function eachHaproxy(): readonly [string, HaproxyVersion][] {
  return haproxyPaths().map((path) => {
    const { stdout } = spawnSync(path, ['-v'], { encoding: 'utf8' });
    const version = /version (\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? path;
    return [version, { path, version }];
  });
}

/** A minimal haproxy.cfg of an operator. */
export function plainBaseConfig(folder: string): string {
  return `global
  stats socket ${join(folder, 'admin.sock')} level admin
  maxconn 4000
  hard-stop-after 10s
defaults
  timeout connect 2s
  timeout client 10s
  timeout server 10s
`;
}

/** The exit code of `haproxy -c`, and its errors and warnings. */
export async function checkConfig(
  haproxy: HaproxyVersion,
  files: readonly string[],
): Promise<{ readonly code: number; readonly complaints: string }> {
  const command = [haproxy.path, '-c', ...files.flatMap((file) => ['-f', file])];
  const { code, stdout, stderr }: CommandResult = await runCommand(command, { limitMs: 60_000 });
  return { code, complaints: `${stdout}${stderr}`.replace('Configuration file is valid\n', '') };
}

/** A HAProxy with master and worker that the harness runs on a text. */
export interface ServingHaproxy {
  readonly process: RunningProcess;
  /** Sends a command to the master socket. */
  master(command: string): Promise<string>;
  /** Sends a command to the runtime socket. */
  runtime(command: string): Promise<string>;
  /** Writes the text and reloads; resolves once another worker serves. */
  reload(text: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts HAProxy in a folder of its own and resolves once it answers; fails with its log. */
export async function serve(
  haproxy: HaproxyVersion,
  folder: string,
  text: string,
  baseConfig = plainBaseConfig(folder),
): Promise<ServingHaproxy> {
  mkdirSync(folder, { recursive: true });
  const [base, dynamic] = [join(folder, 'haproxy.cfg'), join(folder, 'dynamic.cfg')];
  const masterSocket = join(folder, 'master.sock');
  writeFileSync(base, baseConfig);
  writeFileSync(dynamic, text);
  const program = startProcess({
    name: `haproxy-${haproxy.version}`,
    command: [haproxy.path, '-W', '-S', masterSocket, '-f', base, '-f', dynamic],
    logs: folder,
  });
  const master = (command: string): Promise<string> => askSocket(masterSocket, command);
  const worker = async (): Promise<string | undefined> => {
    if (!program.running()) throw new Error(`${program.name} ended:\n${program.tail()}`);
    const shown = await master('show proc').catch(() => '');
    return /# workers\n(\d+)/.exec(shown)?.[1];
  };
  const runtime = (command: string): Promise<string> => askSocket(join(folder, 'admin.sock'), command);
  await waitFor(`${program.name} is up`, async () => {
    const info = await runtime('show info').catch(() => '');
    return when((await worker()) !== undefined && info.includes('Pid:'), program.tail(3));
  });
  return {
    process: program,
    master,
    runtime,
    reload: async (next) => {
      const before = await worker();
      writeFileSync(dynamic, next);
      await master('reload').catch(() => '');
      await waitFor(`${program.name} has a new worker`, async () => {
        const now = await worker();
        return when(now !== undefined && now !== before, program.tail(3));
      });
    },
    stop: async () => {
      await program.kill();
    },
  };
}
