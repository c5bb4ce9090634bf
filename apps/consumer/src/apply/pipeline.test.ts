import { expect, it } from 'vitest';
import { methodOfKept } from './pipeline.ts';

const [ours, other] = [
  { pid: 7, startTicks: 70 },
  { pid: 7, startTicks: 71 },
];

it.each([
  ['the worker of the ledger', { worker: ours, method: 'reload' }, ours, 'reload'],
  ['a worker that somebody else started', { worker: ours, method: 'reload' }, other, 'found running'],
  ['a worker after an apply without a proof', { worker: undefined, method: 'restart' }, other, 'restart'],
  ['a worker that is not known', { worker: ours, method: 'restart' }, undefined, 'restart'],
  ['a worker without a ledger', undefined, ours, 'found running'],
])('%s is kept with the method %j', (_what, ledger, worker, method) => {
  expect(methodOfKept(ledger, worker)).toBe(method);
});
