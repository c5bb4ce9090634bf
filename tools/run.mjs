// Runs programs; it imports nothing from npm, since its callers work before node_modules is installed.
import { spawn } from 'node:child_process';
import { clearInterval, setInterval } from 'node:timers';

const HEARTBEAT_MS = 12_000;

/** How much of a program's output is kept, in UTF-16 code units. */
const MOST_OUTPUT = 200_000;

/** One progress line of the harness, on stderr so that a program's own output stays clean. */
export function say(text) {
  process.stderr.write(`[harness] ${text}\n`);
}

/** An expected failure: printed as one message without a stack. */
export class HarnessError extends Error {}

/** Runs a program with the terminal's streams and returns its exit code. */
export function runAttached(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    child.on('error', (error) => reject(new HarnessError(`${file}: ${error.message}`)));
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Runs a program quietly, with a progress line every 12 s; throws with the tail of its output if it fails. */
export function runQuietly(label, file, args, options = {}) {
  const started = process.hrtime.bigint();
  const seconds = () => Math.round(Number(process.hrtime.bigint() - started) / 1e9);
  const heartbeat = setInterval(() => say(`still at it: ${label} (${seconds()} s)`), HEARTBEAT_MS);
  let output = '';
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => (output = (output + String(chunk)).slice(-MOST_OUTPUT)));
    }
    child.on('error', (error) => reject(new HarnessError(`${label}: ${file}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) return resolve(output);
      reject(
        new HarnessError(`${label} failed (exit ${code}):\n${output.split('\n').slice(-25).join('\n')}`),
      );
    });
  }).finally(() => clearInterval(heartbeat));
}
