import { appendFileSync, chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBootClock } from './boot-clock.ts';
import type { Installed } from './installed.ts';
import { hasWorkerReadFile, parseInstalledNote, renameIntoPlace } from './installed.ts';
import { identifyOwnProcess } from './processes.ts';
import { readTextFile } from './text-file.ts';

const installed: Installed = { inode: '7', changed: '1000', bootId: 'a', ticks: 50_000 };

describe('a worker has surely read the file that was installed', () => {
  it.each([
    ['it started long after that', { startTicks: 60_000, bootId: 'a' }, true],
    ['it started in a later boot, however early', { startTicks: 3, bootId: 'b' }, true],
    ['no: it started before that', { startTicks: 49_000, bootId: 'a' }, false],
    [
      'no: it started so soon after that it may have read the file before',
      { startTicks: 50_100, bootId: 'a' },
      false,
    ],
    ['no: the boot is not known', { startTicks: 60_000, bootId: undefined }, false],
  ])('%s', (_, worker, expected) => {
    expect(hasWorkerReadFile(worker, installed, installed)).toBe(expected);
  });

  it('not if the file is another one, was changed since, or was never noted', () => {
    const worker = { startTicks: 60_000, bootId: 'a' };
    expect(hasWorkerReadFile(worker, { ...installed, inode: '8' }, installed)).toBe(false);
    expect(hasWorkerReadFile(worker, { ...installed, changed: '1001' }, installed)).toBe(false);
    expect(hasWorkerReadFile(worker, installed, undefined)).toBe(false);
  });
});

const clock = (): Promise<{ bootId: string; ticks: number }> => Promise.resolve({ bootId: 'a', ticks: 1 });

function staged(text: string): { readonly path: string; readonly candidate: string } {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-installed-'));
  const candidate = join(folder, '.dynamic.cfg.candidate');
  writeFileSync(candidate, text);
  return { path: join(folder, 'dynamic.cfg'), candidate };
}

it.each([
  ['edited in place', (path: string) => appendFileSync(path, ' ')],
  ['edited without another size', (path: string) => writeFileSync(path, 'TEXT')],
  ['replaced', (path: string) => (rmSync(path), writeFileSync(path, 'text'))],
  ['removed', (path: string) => rmSync(path)],
])('a file is not taken for ours if it was %s right after the rename', async (_, change) => {
  const { path, candidate } = staged('text');
  utimesSync(candidate, 1, 1);
  const installing = renameIntoPlace(candidate, path, () => {
    change(path);
    return clock();
  });
  expect(await installing).toBeUndefined();
});

it('a file is recognised until somebody changes it in any way, with its times set back, too', async () => {
  const { path, candidate } = staged('text');
  const noted = await renameIntoPlace(candidate, path, clock);
  const isSame = async (): Promise<boolean> => {
    const onDisk = await readTextFile(path);
    return onDisk !== undefined && hasWorkerReadFile({ startTicks: 1000, bootId: 'a' }, onDisk, noted);
  };
  expect(await isSame()).toBe(true);
  const changes = [
    () => appendFileSync(path, ' '),
    () => chmodSync(path, 0o600),
    () => {
      writeFileSync(path, 'text');
      utimesSync(path, 1, 1);
    },
  ];
  for (const change of changes) {
    writeFileSync(path, 'text');
    change();
    expect(await isSame()).toBe(false);
  }
});

it('a note of an installed file is read as it was written; anything else is no note', () => {
  expect(parseInstalledNote(JSON.stringify(installed))).toEqual(installed);
  for (const text of [undefined, '', '{', 'null', '{}', '{"inode":7}'])
    expect(parseInstalledNote(text)).toBeUndefined();
});

it('the boot clock counts in the ticks of a process’s start', async () => {
  const [clock, self] = [await readBootClock(), await identifyOwnProcess()];
  const age = (clock?.ticks ?? 0) - (self?.startTicks ?? 0);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(Math.abs(age - performance.now() / 10)).toBeLessThan(500);
});
