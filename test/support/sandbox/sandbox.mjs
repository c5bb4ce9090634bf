// Runs a command in its own namespaces: nothing in them is visible outside, and every process ends with the command.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HarnessError } from '../../../tools/run.mjs';

const INIT = join(dirname(fileURLToPath(import.meta.url)), 'sandbox-init.mjs');
const NAMESPACES = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** Which signal the command gets for each one that arrives here. */
const FORWARDED = { SIGINT: 'SIGINT', SIGTERM: 'SIGTERM', SIGHUP: 'SIGTERM' };

/** Runs the command in a sandbox with stdin, stdout and stderr of this process; resolves to its exit code. */
export async function runInSandbox(command, env) {
  const flags = allowedFlags();
  const scratch = mkdtempSync(join(tmpdir(), 'kf-'));
  // A separate session, so that the terminal's Ctrl-C arrives only here and is forwarded once.
  const child = spawn('unshare', [...flags, process.execPath, INIT, ...command], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    detached: true,
    env: { ...process.env, ...env, KUBEFIGURATOR_SCRATCH: scratch },
  });
  const lifeline = child.stdio[3];
  lifeline.on('error', () => undefined);
  for (const [received, passed] of Object.entries(FORWARDED))
    process.on(received, () => lifeline.write(`${passed}\n`));
  const ended = new Promise((resolve, reject) => {
    child.on('error', (error) => reject(new HarnessError(`unshare: ${error.message}`)));
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
  // Init says that it is ready; its own pid outside of the sandbox is the answer.
  lifeline.on('data', () => lifeline.write(`pid ${childOf(child.pid)}\n`));
  try {
    return await ended;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The pid of a process's only child, here the sandbox's init, as it is outside of the sandbox; 0 if there is none.
 */
function childOf(parent) {
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      // `pid (name) state ppid …`
      const [, ppid] = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1].split(' ');
      if (Number(ppid) === parent) return Number(entry);
    } catch {
      // The process ended meanwhile.
    }
  }
  return 0;
}

/**
 * The first set of flags with which unshare works here; throws if none does. Root needs no user namespace, except in
 * a container that gives it few rights.
 */
function allowedFlags() {
  const unprivileged = ['--user', '--map-root-user', ...NAMESPACES];
  const ways = process.getuid() === 0 ? [NAMESPACES, unprivileged] : [unprivileged];
  const tried = ways.map((flags) => ({
    flags,
    ...spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' }),
  }));
  const allowed = tried.find(({ status }) => status === 0);
  if (allowed !== undefined) return allowed.flags;
  const { error, stderr } = tried.at(-1);
  throw new HarnessError(
    `This system doesn't allow the private namespaces in which the load-balancer hosts run: ${error?.message ?? stderr.trim()}\n` +
      'Run it with sudo, or allow unprivileged user namespaces for this boot:\n' +
      '  sudo sysctl -w kernel.unprivileged_userns_clone=1                    # Debian up to 11\n' +
      '  sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0        # Ubuntu 23.10 and later\n' +
      '  sudo sysctl -w user.max_user_namespaces=10000                        # where it is 0\n' +
      'In a container, give it --privileged.',
  );
}
