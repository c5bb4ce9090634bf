import type { Outcome } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import { refusalOf } from './afterwards.ts';

const failed = (stage: 'stage' | 'reload', message: string): Outcome => ({
  kind: 'failed',
  stage,
  blame: [{ sources: [], message }],
  restored: true,
});

it('a reload that failed is tried again by the clock alone, and ever more seldom whatever HAProxy says', () => {
  const [one, other] = [
    refusalOf(failed('reload', 'process 7 read /etc/haproxy/dynamic.cfg')),
    refusalOf(failed('reload', 'process 8 read /etc/haproxy/dynamic.cfg')),
  ];
  expect(one).toEqual(other);
  expect(one?.blame).toEqual([]);
});

it('what could not be written is tried again when a file changes that it names', () => {
  const refusal = refusalOf(failed('stage', '/etc/haproxy: no space left'));
  expect(refusal?.blame).toMatchObject([{ message: '/etc/haproxy: no space left' }]);
});

it('what is left out is the same refusal, however HAProxy got to the rest', () => {
  const leftOut = [{ sources: [], message: '/ssl/bad.pem is missing' }];
  const applied: Outcome = { kind: 'applied', method: 'reload', proven: true, reasons: [], leftOut };
  expect(refusalOf(applied)).toEqual(refusalOf({ kind: 'unchanged', leftOut }));
  expect(refusalOf({ kind: 'unchanged', leftOut: [] })).toBeUndefined();
});
