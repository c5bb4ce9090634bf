import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { processIdentity } from '../host/processes.ts';
import { lockHolder, takeStateLock } from './lock.ts';

const scratch = (): string => mkdtempSync(join(tmpdir(), 'kubefigurator-lock-'));
const ME = `pid ${String(process.pid)} (watch)`;

it('has one holder, whose name a second taker and an onlooker get', async () => {
  const folder = scratch();
  const first = await takeStateLock(folder, ME);
  expect(await takeStateLock(folder, 'pid 2 (apply)')).toEqual({ heldBy: ME });
  expect(await lockHolder(folder)).toBe(ME);
  if ('release' in first) await first.release();
  expect(await lockHolder(folder)).toBeUndefined();
});

it('a holder is recognised by its number and the ticks of its start, not by the wall clock', async () => {
  const folder = scratch();
  const lock = await takeStateLock(folder, ME);
  const self = await processIdentity(process.pid);
  expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(`${ME} start-ticks=${String(self?.startTicks)}\n`);
  // By a wall clock that stepped ahead, a process seems to have started after it wrote the file.
  expect(await lockHolder(folder, () => Promise.resolve(self))).toBe(ME);
  const successor = self && { ...self, startTicks: self.startTicks + 1 };
  expect(await lockHolder(folder, () => Promise.resolve(successor))).toBeUndefined();
  if ('release' in lock) await lock.release();
});

it('in the file of an earlier version, the holder is any process of its number', async () => {
  const folder = scratch();
  writeFileSync(join(folder, 'lock'), 'pid 4711 (watch)\n');
  const found = { pid: 4711, startTicks: Number.MAX_SAFE_INTEGER };
  expect(await lockHolder(folder, () => Promise.resolve(found))).toBe('pid 4711 (watch)');
  expect(await lockHolder(folder, () => Promise.resolve(undefined))).toBeUndefined();
});

it('a link in the place of the lock is not followed', async () => {
  const folder = scratch();
  const other = join(folder, 'other');
  writeFileSync(other, 'of somebody else\n');
  symlinkSync(other, join(folder, 'lock'));
  await expect(takeStateLock(folder, ME)).rejects.toThrow("lock can't be opened");
  await expect(lockHolder(folder)).rejects.toThrow('it is a link, and only a file of ours may be there');
  expect(readFileSync(other, 'utf8')).toBe('of somebody else\n');
});
