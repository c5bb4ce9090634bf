import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LockedHost } from './host-lock.ts';
import { takeHostLock } from './host-lock.ts';

let folder: string;
const host = (state: string, config: string): LockedHost => {
  for (const name of [state, config]) mkdirSync(join(folder, name), { recursive: true });
  return { state: { path: join(folder, state) }, live: { path: join(folder, config, 'dynamic.cfg') } };
};

beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kubefigurator-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('one consumer works with a state folder, and one with the folder of dynamic.cfg', async () => {
  const agent = await takeHostLock(host('state', 'haproxy'), 'pid 1 (watch)');
  await expect(takeHostLock(host('state', 'other'), 'pid 2 (apply)')).rejects.toThrow('pid 1 (watch)');
  await expect(takeHostLock(host('typo', 'haproxy'), 'pid 2 (apply)')).rejects.toMatchObject({
    message: `another consumer works with ${folder}/haproxy, and with another folder than ${folder}/typo`,
    hint: 'correct --state-directory, or stop the other consumer first',
  });
  expect(readdirSync(join(folder, 'haproxy'))).toEqual([]);
  const elsewhere = await takeHostLock(host('typo', 'other'), 'pid 3 (watch)');
  await agent.release();
  const successor = await takeHostLock(host('state', 'haproxy'), 'pid 4 (watch)');
  await Promise.all([elsewhere.release(), successor.release()]);
});

it('what one lock refuses leaves the other one free', async () => {
  const agent = await takeHostLock(host('state', 'haproxy'), 'pid 1 (watch)');
  await expect(takeHostLock(host('typo', 'haproxy'), 'pid 2 (apply)')).rejects.toThrow();
  const other = await takeHostLock(host('typo', 'other'), 'pid 3 (apply)');
  await Promise.all([agent.release(), other.release()]);
  await expect(
    takeHostLock({ ...host('state', 'x'), live: { path: join(folder, 'none/dynamic.cfg') } }, 'pid 4'),
  ).rejects.toThrow('none');
  await (await takeHostLock(host('state', 'haproxy'), 'pid 5')).release();
});
