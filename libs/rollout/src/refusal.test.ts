import type { Outcome } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import type { Refusal } from './refusal.ts';
import { isRefusalTriedNow, nextRefusal } from './refusal.ts';

const blame = [{ sources: [], message: '/ssl/bad.pem is missing' }];
const rejected: Outcome = { kind: 'rejected', stage: 'check', blame };
const failed = (stage: 'stage' | 'install' | 'reload' | 'pass'): Outcome => ({
  kind: 'failed',
  stage,
  blame: [{ sources: [], message: '/etc/haproxy: no space left' }],
  restored: true,
});
const next = (before: Refusal | undefined, outcome: Outcome, now: number): Refusal | undefined =>
  nextRefusal(before, { outcome, text: 'text' }, { now, random: 0.999999 });

it.each<[string, Outcome, number | undefined]>([
  ['a text that HAProxy refuses', rejected, 5_000],
  [
    'a text that the gate refuses: only another text can help',
    { kind: 'rejected', stage: 'gate', blame },
    undefined,
  ],
  ['a file that could not be written', failed('stage'), 2_000],
  ['a file that could not be replaced', failed('install'), 2_000],
  ['a pass that threw', failed('pass'), 1_000],
  ['a reload that failed: the reload budget decides', failed('reload'), undefined],
  ['a text of which a part is left out', { kind: 'unchanged', leftOut: blame }, 2_000],
  ['a text that runs', { kind: 'unchanged', leftOut: [] }, undefined],
  ['a missing key', { kind: 'kept', reason: 'missing' }, undefined],
  ['a frozen host', { kind: 'frozen', freeze: { since: 'now', by: 'alice' } }, undefined],
])('the wait before the next try: %s', (_what, outcome, waitMs) => {
  expect(next(undefined, outcome, 100)?.dueAt).toBe(waitMs === undefined ? undefined : 100 + waitMs);
});

it('waits longer each time for the same trouble, up to its limit, and begins anew for another', () => {
  let refusal: Refusal | undefined;
  let now = 0;
  const waits = Array.from({ length: 8 }, () => {
    refusal = next(refusal, rejected, now);
    const waitMs = (refusal?.dueAt ?? 0) - now;
    now += waitMs;
    return waitMs / 1_000;
  });
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  const other = next(refusal, { ...rejected, blame: [{ sources: [], message: 'another' }] }, now);
  expect((other?.dueAt ?? 0) - now).toBe(5_000);
});

it('a pass in between doesn’t put the next try off, nor count as one', () => {
  const first = next(undefined, rejected, 0);
  expect(next(first, rejected, 4_000)).toMatchObject({ dueAt: 5_000, tries: 1 });
});

it('the same parts left out are the same trouble, whether the rest was applied or ran already', () => {
  const applied: Outcome = { kind: 'applied', method: 'reload', proven: true, reasons: [], leftOut: blame };
  expect(next(undefined, applied, 0)?.subject).toBe(
    next(undefined, { kind: 'unchanged', leftOut: blame }, 0)?.subject,
  );
});

it('is tried as soon as a cause changes, and not before its time if the causes are unknown', () => {
  const refusal = { ...(next(undefined, rejected, 0) as Refusal), causes: 'ENOENT' };
  expect(isRefusalTriedNow(refusal, { causes: 'ENOENT', now: 10 })).toBe(false);
  expect(isRefusalTriedNow(refusal, { causes: 'there', now: 10 })).toBe(true);
  expect(isRefusalTriedNow(refusal, { causes: undefined, now: 10 })).toBe(false);
  expect(isRefusalTriedNow({ ...refusal, causes: undefined }, { causes: 'there', now: 10 })).toBe(false);
  expect(isRefusalTriedNow(refusal, { causes: undefined, now: 5_000 })).toBe(true);
});
