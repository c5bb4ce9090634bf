import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from './image.ts';
import { makeMountPoint } from './image.ts';
import type { Exit, RunningProcess } from '../sandbox/processes.ts';
import { startProcess } from '../sandbox/processes.ts';
import { scratchFolder } from '../sandbox/programs.ts';
import { waitFor } from '../sandbox/wait.ts';

export interface ContainerSpec {
  readonly name: string;
  readonly image: Image;
  readonly logs: string;
  readonly netns?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  /** `uid:gid`, default the image's. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mounts?: readonly Mount[];
  /** The addresses in /etc/hosts, by name. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Shares the pid namespace of this container, as `pid: service:…` and `shareProcessNamespace` do. */
  readonly processesOf?: Container;
}

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

/** A program in an image: no capabilities, no new privileges, a read-only root. */
export interface Container {
  readonly process: RunningProcess;
  /** The pid of its first process in the sandbox. */
  firstProcess(): Promise<string>;
  /** Sends SIGTERM to its first process and waits for its end. */
  stop(): Promise<Exit>;
}

/** `$1` root, `$2` uid, `$3` gid; a line of `$4` is a mount: source, target, mode; then the command. */
const SET_UP = `set -e
root=$1 uid=$2 gid=$3 mounts=$4
shift 4
mount --rbind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
printf '%s' "$mounts" | while IFS=' ' read -r source target mode; do
  mount --bind "$source" "$root$target"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "$root$target"; fi
done
exec chroot "$root" setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs \\
  --inh-caps=-all --bounding-set=-all -- "$@"
`;

/** Starts a container like an engine, but without one. */
export function startContainer(spec: ContainerSpec): Container {
  const { image } = spec;
  const folder = mkdtempSync(join(scratchFolder(), `container-${spec.name}-`));
  mkdirSync(folder, { recursive: true });
  const hosts = join(folder, 'hosts');
  const addresses = Object.entries({ localhost: '127.0.0.1', ...spec.addresses });
  writeFileSync(hosts, addresses.map(([name, address]) => `${address} ${name}\n`).join(''));
  const mounts: readonly Mount[] = [
    { source: hosts, target: '/etc/hosts', readOnly: true },
    ...(spec.mounts ?? []),
  ];
  for (const { source, target } of mounts) makeMountPoint(image, source, target);
  const table = mounts.map(
    (each) => `${each.source} ${each.target} ${each.readOnly === true ? 'ro' : 'rw'}\n`,
  );
  const [uid = '', gid = ''] = (spec.user ?? image.user).split(':');
  const words = [...(spec.entrypoint ?? image.entrypoint), ...(spec.command ?? image.command)];
  const env = Object.entries({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', ...image.env, ...spec.env });
  const program = ['env', '-i', ...env.map(([name, value]) => `${name}=${value}`), ...words];
  const script = ['sh', '-c', SET_UP, spec.name, image.root, uid, gid, table.join(''), ...program];
  const isolated = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--ipc', '--uts', ...script];
  const beside = (pid: string): string[] => [
    'nsenter',
    '-t',
    pid,
    '-p',
    '--',
    'unshare',
    '--mount',
    '--ipc',
    ...script,
  ];
  const process = startProcess({
    name: spec.name,
    command: spec.processesOf === undefined ? isolated : beside(pidOfChild(spec.processesOf.process)),
    logs: spec.logs,
    ...(spec.netns === undefined ? {} : { netns: spec.netns }),
  });
  const firstProcess = (): Promise<string> =>
    waitFor(`${spec.name} is started`, () => {
      if (!process.running()) throw new Error(`${spec.name} ended at once:\n${process.tail()}`);
      const child = pidOfChild(process);
      if (child === '') return { pending: 'no process' };
      // The process is root first, then setpriv takes the rights away one after the other.
      const status = readFileSync(`/proc/${child}/status`, 'utf8');
      const [, name = '', user = ''] = /^Name:\s+(\S+)[^]*^Uid:\s+(\d+)/m.exec(status) ?? [];
      return user === uid && name !== 'setpriv'
        ? { done: child }
        : { pending: `it is ${name} of the user ${user}` };
    });
  return {
    process,
    firstProcess,
    stop: async () => {
      globalThis.process.kill(Number(await firstProcess()), 'SIGTERM');
      return process.exited;
    },
  };
}

function pidOfChild({ pid }: RunningProcess): string {
  return (
    readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      .trim()
      .split(' ')[0] ?? ''
  );
}
