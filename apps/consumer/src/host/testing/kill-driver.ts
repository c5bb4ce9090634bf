import { promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { bringTo, releaseNumber } from './release-steps.ts';

/**
 * Run as a program: brings a folder to a release and ends itself with SIGKILL right before its change number `killAt`
 * of the file system; a write ends in its middle.
 */
const [folder = '', number = '', killAt = ''] = process.argv.slice(2);
let changes = 0;

/** Counts one change; true if the program has to end before it. */
function countOne(): boolean {
  changes += 1;
  return changes === Number(killAt);
}

type Change = (this: unknown, ...args: unknown[]) => Promise<unknown>;

function countChanges(object: object, names: readonly string[]): void {
  const functions = object as Record<string, Change>;
  for (const name of names) {
    const original = functions[name];
    if (original === undefined) throw new Error(`there is no ${name}`);
    functions[name] = async function (...args) {
      if (!countOne()) return original.apply(this, args);
      const [content] = args;
      if (name === 'writeFile')
        await original.call(this, String(content).slice(0, String(content).length / 2));
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    };
  }
}

async function main(): Promise<void> {
  const handle: FileHandle = await promises.open(process.execPath);
  countChanges(Object.getPrototypeOf(handle) as object, ['writeFile', 'sync']);
  await handle.close();
  countChanges(promises, ['open', 'rename', 'rm', 'mkdir', 'chmod', 'chown']);
  await bringTo(releaseNumber(Number(number), folder), folder);
}

void main();
