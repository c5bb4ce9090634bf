import type { HaproxyState } from '@kubefigurator/rollout';
import { expect, it } from 'vitest';
import type { Installed } from '../host/installed.ts';
import type { LastKnownGood } from '../state/ledger.ts';
import type { Evidence } from './observe.ts';
import { runningText } from './observe.ts';

const worker = { pid: 7, startTicks: 1_000_000 };
const up: HaproxyState = {
  kind: 'up',
  processes: undefined,
  worker,
  configFiles: undefined,
  loadsOurFile: true,
};
const file = { inode: '1', changed: '2' };
const installed: Installed = { ...file, bootId: 'a', ticks: worker.startTicks - 1_000 };
const evidence: Evidence = {
  good: undefined,
  onDisk: { text: 'file', ...file },
  installed,
  isDamaged: false,
  bootId: 'a',
};
const good: LastKnownGood = {
  ledger: { revision: '7', hash: '', worker, method: 'reload', appliedAt: 'now' },
  release: { revision: '7', text: 'ledger', files: [] },
};

it('HAProxy is known to run the ledger’s text if the ledger names its worker', () => {
  expect(runningText(up, { ...evidence, good, installed: undefined })).toBe('ledger');
});

it('HAProxy is known to run the file’s text if its worker started after the file was installed', () => {
  expect(runningText(up, evidence)).toBe('file');
  const older = { ...good, ledger: { ...good.ledger, worker: { pid: 7, startTicks: 1 } } };
  expect(runningText(up, { ...evidence, good: older })).toBe('file');
});

it('it is not known what a worker runs that started before that, whatever the wall clock says of both', () => {
  // The clock steps an hour ahead after the rename: by the wall clock the worker's start moves past the file's change.
  const changedAnHourAgo = { inode: '1', changed: String((Date.now() - 3_600_000) * 1e6) };
  const noted = { ...changedAnHourAgo, bootId: 'a', ticks: worker.startTicks + 1_000 };
  const onDisk = { text: 'file', ...changedAnHourAgo };
  expect(runningText(up, { ...evidence, onDisk, installed: noted })).toBeUndefined();
});

it('it is not known what a worker runs while files are damaged, unless the ledger names the worker', () => {
  expect(runningText(up, { ...evidence, isDamaged: true })).toBeUndefined();
  expect(runningText(up, { ...evidence, good, isDamaged: true })).toBe('ledger');
});

it('it is not known what HAProxy runs if it is away, has no worker, or does not load the file', () => {
  expect(runningText({ kind: 'down', reason: '' }, evidence)).toBeUndefined();
  expect(runningText({ ...up, worker: undefined }, evidence)).toBeUndefined();
  expect(runningText({ ...up, loadsOurFile: false }, evidence)).toBeUndefined();
});
