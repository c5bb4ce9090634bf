import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFreeze } from './freeze.ts';
import { takeLock } from './lock.ts';
import { hashText, openStateFolder } from './ledger.ts';
import { writeStatus } from './status-file.ts';

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'kubefigurator-state-'));
}
function goodOf(text: string): {
  ledger: Parameters<Awaited<ReturnType<typeof openStateFolder>>['record']>[0]['ledger'];
  text: string;
} {
  const ledger = {
    revision: '7',
    hash: hashText(text),
    worker: { pid: 1, startTicks: 2 },
    method: 'reload',
    appliedAt: 'now',
  };
  return { ledger, text };
}

it('remembers the last known good text and what the ledger says of it', async () => {
  const folder = join(scratch(), 'made', 'here');
  const state = await openStateFolder(folder);
  expect(await state.read()).toBeUndefined();
  await state.record(goodOf('text'));
  expect(await (await openStateFolder(folder)).read()).toEqual(goodOf('text'));
});

it('trusts neither a ledger nor a text that does not belong to the other', async () => {
  const folder = scratch();
  const state = await openStateFolder(folder);
  await state.record(goodOf('text'));
  writeFileSync(join(folder, 'last-known-good.cfg'), 'another text');
  expect(await (await openStateFolder(folder)).read()).toBeUndefined();
  await state.record(goodOf('text'));
  writeFileSync(join(folder, 'ledger.json'), '{"revision":');
  expect(await (await openStateFolder(folder)).read()).toBeUndefined();
});

it('has one lock, whose second taker learns who holds it', async () => {
  const folder = scratch();
  const first = await takeLock(folder, 'pid 1 (watch)');
  expect(await takeLock(folder, 'pid 2 (apply)')).toEqual({ heldBy: 'pid 1 (watch)' });
  expect('release' in (await takeLock(scratch(), 'pid 3'))).toBe(true);
  if ('release' in first) await first.release();
  expect('release' in (await takeLock(folder, 'pid 2 (apply)'))).toBe(true);
});

it('says which flag names a state folder that can’t be had', async () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const hint = expect.stringContaining('--state-directory') as string;
  await expect(openStateFolder(file)).rejects.toMatchObject({
    message: expect.stringMatching(/^the state directory .*file can't be made: /) as string,
    hint,
  });
  await expect(takeLock(join(file, 'state'), 'pid 1')).rejects.toMatchObject({ hint });
  await expect(writeFreeze(join(file, 'state'), { since: 'now', by: 'a' })).rejects.toMatchObject({ hint });
  await expect(writeStatus(join(file, 'state'), '{}')).rejects.toMatchObject({ hint });
});
