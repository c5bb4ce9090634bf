// The first process in the sandbox: prepares it and runs the command; when this process ends, the kernel ends all
// others. It talks to the outer process over fd 3: it writes `ready`, then reads `pid <its pid outside>` and the
// names of signals.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers';

/** How long the command may take to end after a signal. */
const GRACE_MS = 15_000;
const scratch = process.env.KUBEFIGURATOR_SCRATCH;
const [file, ...args] = process.argv.slice(2);

// A private /run, because `ip netns` keeps its names there and HAProxy's sockets need short paths.
execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run']);
mkdirSync('/run/netns');
execFileSync(process.env.KUBEFIGURATOR_IP ?? 'ip', ['link', 'set', 'lo', 'up']);

const lifeline = new Socket({ fd: 3, readable: true, writable: true });
let child;
lifeline.on('error', () => stop('SIGTERM'));
// The outer process has ended, perhaps by a kill -9.
lifeline.on('close', () => stop('SIGTERM'));
createInterface({ input: lifeline }).on('line', (line) => {
  const pid = /^pid (\d+)$/.exec(line)?.[1];
  if (pid === undefined) return stop(line);
  child ??= run(pid);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop(signal));
lifeline.write('ready\n');

function run(pid) {
  const started = spawn(file, args, {
    stdio: 'inherit',
    env: { ...process.env, KUBEFIGURATOR_SANDBOX_PID: pid },
  });
  started.on('error', (error) => {
    process.stderr.write(`${file}: ${error.message}\n`);
    process.exit(1);
  });
  started.on('exit', (code, signal) => {
    // The outer process removes the folder, too, unless it was killed.
    rmSync(scratch, { recursive: true, force: true });
    // As a shell does: 128 and the signal's number; any signal but SIGINT counts as SIGTERM.
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 143));
  });
  return started;
}

/** Passes the signal to the command; before it was started, exits like a command that SIGINT ended. */
function stop(signal) {
  if (child === undefined) process.exit(130);
  child.kill(signal);
  setTimeout(() => process.exit(1), GRACE_MS).unref();
}
