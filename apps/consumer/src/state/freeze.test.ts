import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { freezeFile, readFreeze, removeFreeze, watchFreeze, writeFreeze } from './freeze.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'kubefigurator-freeze-'));
const freeze = { since: '2026-01-02T03:04:05.000Z', by: 'ann', reason: 'new disk' };

it('remembers who froze the host until it is thawed', async () => {
  const state = folder();
  expect(await readFreeze(state)).toBeUndefined();
  await writeFreeze(state, freeze);
  expect(await readFreeze(state)).toEqual(freeze);
  await removeFreeze(state);
  expect(await readFreeze(state)).toBeUndefined();
  await removeFreeze(state);
});

it.each(['', '{', 'null', '{"since": 1}'])(
  'takes a file with "%s" for a freeze by somebody unknown',
  async (text) => {
    const state = folder();
    writeFileSync(freezeFile(state), text);
    const found = await readFreeze(state);
    expect(found?.by).toBe("frozen.json, which can't be read");
    expect(found?.since).toMatch(/^20\d\d-/);
  },
);

it('notifies of a freeze and a thaw, and of nothing else in the folder', async () => {
  const state = folder();
  const stop = new AbortController();
  let calls = 0;
  let heard: () => void = () => undefined;
  watchFreeze(state, stop.signal, () => {
    calls += 1;
    heard();
  });
  writeFileSync(join(state, 'ledger.json'), '{}');
  await sleep(50);
  expect(calls).toBe(0);
  for (const change of [() => writeFreeze(state, freeze), () => removeFreeze(state)]) {
    const told = new Promise<void>((resolve) => (heard = resolve));
    await change();
    await told;
  }
  expect(calls).toBeGreaterThanOrEqual(2);
  stop.abort();
});
