import { mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { CommandResult, RunningProcess } from '../sandbox/processes.ts';
import { inNamespace, runChecked, runCommand, startProcess } from '../sandbox/processes.ts';
import { repositoryRoot } from '../sandbox/programs.ts';
import { waitFor, when } from '../sandbox/wait.ts';

/** The path of this checkout in a machine, mounted read-only. */
export const CHECKOUT = '/srv/kubefigurator';
/** Below the sandbox's private /run, because removing the scratch folder must never delete files in a mount. */
const MOUNTS = '/run/machines';
const ENVIRONMENT = ['env', '-i', 'HOME=/root', 'LANG=C.UTF-8', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

export interface MachineSpec {
  readonly name: string;
  readonly logs: string;
  /** Named network namespace, default the sandbox's own. */
  readonly netns?: string;
  /** The addresses in /etc/hosts, by name. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** False for a machine without Node and kubectl; default true. */
  readonly programs?: boolean;
}

/** A machine with a real systemd, made of the distribution's packages. */
export interface Machine {
  readonly name: string;
  /** The path of its root folder for the test. */
  readonly root: string;
  /** Runs a shell script in it as root. */
  sh(script: string, limitMs?: number): Promise<CommandResult>;
  /** Like sh, but throws with the output if the exit code isn't 0. */
  must(script: string, limitMs?: number): Promise<string>;
  read(path: string): string;
  write(path: string, text: string, mode?: number): void;
  /** The journal of one unit. */
  journal(unit: string): Promise<string>;
  close(): Promise<void>;
}

/** The root folder of a fresh machine; closing it discards everything that was written there. */
export interface Root {
  readonly path: string;
  close(): Promise<void>;
}

/** Path of the bare machine that the harness made; throws with the reason if there is none. */
function machineFolder(): string {
  const folder = process.env['KUBEFIGURATOR_MACHINE'];
  if (folder !== undefined) return folder;
  const reason = process.env['KUBEFIGURATOR_MACHINE_PROBLEM'] ?? 'run this through "npm test -- <file>"';
  throw new Error(`there is no machine to install things on: ${reason}`);
}

/** Mounts a fresh, writable layer over the bare machine and adds the checkout, and by default Node and kubectl. */
export async function openRoot(name: string, programs = true): Promise<Root> {
  const machine = machineFolder();
  const base = join(MOUNTS, name);
  const path = join(base, 'root');
  mkdirSync(base, { recursive: true });
  // In a container the files are on an overlay already, and an overlay's upper layer can't be on another overlay.
  await runChecked(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', base]);
  for (const folder of ['upper', 'work', 'root']) mkdirSync(join(base, folder));
  const layers = `lowerdir=${join(machine, 'root')},upperdir=${join(base, 'upper')},workdir=${join(base, 'work')}`;
  await runChecked(['mount', '-t', 'overlay', 'overlay', '-o', layers, path]);
  await prepare(path, machine, programs);
  return {
    path,
    close: async () => {
      await runChecked(['umount', '--recursive', '--lazy', base]);
    },
  };
}

async function prepare(root: string, machine: string, programs: boolean): Promise<void> {
  const bind = async (from: string, to: string, options: string): Promise<void> => {
    await runChecked(['mount', '--bind', from, join(root, to)]);
    await runChecked(['mount', '-o', `remount,bind,${options}`, join(root, to)]);
  };
  for (const folder of [CHECKOUT, '/packages']) mkdirSync(join(root, folder), { recursive: true });
  await bind(repositoryRoot, CHECKOUT, 'ro');
  await bind(join(machine, 'packages'), '/packages', 'ro');
  const added = [
    ['node', process.execPath],
    ['kubectl', process.env['KUBEFIGURATOR_KUBECTL'] ?? ''],
  ] as const;
  for (const [name, program] of programs ? added : []) {
    writeFileSync(join(root, 'usr/bin', name), '');
    await bind(program, `/usr/bin/${name}`, 'ro');
  }
  await runChecked(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', join(root, 'dev')]);
  for (const device of DEVICES) {
    writeFileSync(join(root, 'dev', device), '');
    await runChecked(['mount', '--bind', `/dev/${device}`, join(root, 'dev', device)]);
  }
  mkdirSync(join(root, 'dev/pts'));
  const ownTerminals = 'newinstance,ptmxmode=0666,mode=0620';
  await runChecked(['mount', '-t', 'devpts', '-o', ownTerminals, 'devpts', join(root, 'dev/pts')]);
  symlinkSync('pts/ptmx', join(root, 'dev/ptmx'));
  writeFileSync(join(root, 'etc/apt/sources.list'), 'deb [trusted=yes] file:/packages ./\n');
  // apt works as root here, because its own user may not read the cache of the harness.
  writeFileSync(join(root, 'etc/apt/apt.conf.d/00harness'), 'APT::Sandbox::User "root";\n');
}

/** Joins the cgroup, makes the mounts, and runs systemd as the first process; `$1` root, `$2` cgroup, `$3` name. */
const BOOT = `set -e
echo $$ > "$2/cgroup.procs"
exec unshare --mount --pid --fork --kill-child --uts --ipc --cgroup --propagation private sh -ec '
  hostname "$2"
  mount -t proc proc "$1/proc"
  mount -t sysfs sysfs "$1/sys"
  mount -t cgroup2 cgroup2 "$1/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 tmpfs "$1/run"
  mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
  cd "$1"
  pivot_root . mnt
  umount --lazy /mnt
  exec env -i container=sandbox /lib/systemd/systemd --system --unit=multi-user.target
' boot "$1" "$3"`;

/** Boots a machine and waits until its systemd is up. */
export async function startMachine(spec: MachineSpec): Promise<Machine> {
  const root = await openRoot(spec.name, spec.programs);
  const at = (path: string): string => {
    if (!isAbsolute(path)) throw new Error(`${path}: give an absolute path`);
    return join(root.path, path);
  };
  writeFileSync(at('/etc/hostname'), `${spec.name}\n`);
  const addresses = Object.entries({ localhost: '127.0.0.1', ...spec.addresses });
  writeFileSync(at('/etc/hosts'), addresses.map(([name, address]) => `${address} ${name}\n`).join(''));
  const group = await makeControlGroup(spec.name);
  const init = startProcess({
    name: `machine-${spec.name}`,
    command: ['sh', '-c', BOOT, 'boot', root.path, group.path, spec.name],
    logs: spec.logs,
    ...(spec.netns === undefined ? {} : { netns: spec.netns }),
  });
  const pid = await firstProcess(init);
  const enter = ['nsenter', '-t', pid, '-m', '-u', '-i', '-p', '-C', '--root', '--wd', '--', ...ENVIRONMENT];
  const sh = (script: string, limitMs = 60_000): Promise<CommandResult> =>
    runCommand(inNamespace(spec.netns, [...enter, 'sh', '-euc', script]), { limitMs });
  const must = async (script: string, limitMs?: number): Promise<string> => {
    const { code, stdout, stderr } = await sh(script, limitMs);
    if (code !== 0) throw new Error(`${script}\nexited ${String(code)} on ${spec.name}: ${stderr}${stdout}`);
    return stdout;
  };
  await waitFor(
    `${spec.name} is up`,
    async () => {
      if (!init.running()) throw new Error(`systemd ended on ${spec.name}:\n${init.tail()}`);
      const { stdout, stderr } = await sh('systemctl is-system-running');
      return when(/^(running|degraded)$/m.test(stdout), `${stdout}${stderr}`);
    },
    { limitMs: 30_000, everyMs: 100 },
  );
  return {
    name: spec.name,
    root: root.path,
    sh,
    must,
    read: (path) => readFileSync(at(path), 'utf8'),
    write: (path, text, mode = 0o644) => {
      writeFileSync(at(path), text, { mode });
    },
    journal: (unit) => must(`journalctl --no-pager -o cat -u ${unit}`),
    close: async () => {
      await init.kill();
      await root.close();
      await group.remove();
    },
  };
}

/** The pid of systemd in the sandbox: it is the only child of unshare. */
async function firstProcess(init: RunningProcess): Promise<string> {
  return waitFor('systemd is started', () => {
    if (!init.running()) throw new Error(`systemd ended at once:\n${init.tail()}`);
    const { pid } = init;
    const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
    const command = children === '' ? '' : readFileSync(`/proc/${children}/comm`, 'utf8').trim();
    return command === 'systemd' ? { done: children } : { pending: `${children} ${command}` };
  });
}

/** Creates a control group that the machine's systemd may manage. */
async function makeControlGroup(
  name: string,
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const mounted = join(MOUNTS, '.cgroup');
  mkdirSync(mounted, { recursive: true });
  if ((await runCommand(['mountpoint', '--quiet', mounted])).code !== 0)
    await runChecked(['mount', '-t', 'cgroup2', 'cgroup2', mounted]);
  // A killed sandbox leaves its group behind, so unused groups are removed here; one in use can't be removed.
  await runCommand([
    'find',
    mounted,
    '-depth',
    '-path',
    '*/kubefigurator-*',
    '-mmin',
    '+60',
    '-type',
    'd',
    '-delete',
  ]);
  const path = join(mounted, `kubefigurator-${process.env['KUBEFIGURATOR_SANDBOX_PID'] ?? ''}-${name}`);
  mkdirSync(path, { recursive: true });
  return {
    path,
    remove: async () => {
      const folders = (await runChecked(['find', path, '-depth', '-type', 'd'])).trim().split('\n');
      for (const folder of folders)
        await waitFor(`${folder} is empty`, () => {
          try {
            rmdirSync(folder);
            return { done: true };
          } catch (error) {
            return { pending: String(error) };
          }
        });
    },
  };
}
