import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOST_STATUS_VERSION, type HostStatus } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import { captureIo, captureStream, until } from '@kubefigurator/daemon/testing';
import { expect, it } from 'vitest';
import { createStatusBoard } from './status-board.ts';

it('logs at level warn that the file was not written, repetitions at debug, and at warn that it was written again', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'status-'));
  const folder = join(parent, 'state');
  const { stream, text } = captureStream();
  const events = (level: string): number =>
    text()
      .split('\n')
      .filter((line) => line.includes(`"level":"${level}"`)).length;
  const status: HostStatus = {
    version: HOST_STATUS_VERSION,
    host: 'lb1',
    startedAt: '2026',
    versions: { consumer: '1' },
    leftOut: [],
    leftOutCount: 0,
    oldWorkers: 0,
    drift: [],
  };
  const board = createStatusBoard({
    io: captureIo().io,
    log: createLogger({ level: 'debug', format: 'json', stream, journal: false }),
    folder,
    compose: () => Promise.resolve(status),
    publish: () => undefined,
  });
  // What the command `status` looks at, also if no file can be written.
  const isMarked = (): boolean => readFileSync('/proc/self/comm', 'utf8') === 'status-is-old\n';
  board.update();
  await until('a failure', () => events('warn') === 1);
  await until('the mark', () => isMarked());
  board.update();
  await until('its repetition', () => events('debug') === 1);
  mkdirSync(folder);
  board.update();
  await until('the recovery', () => events('warn') === 2);
  await board.close();
  expect(isMarked()).toBe(false);
  const msgs = text()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly msg: string }).msg);
  expect(msgs).toEqual(['status-file.failed', 'status-file.failed', 'status-file.recovered']);
  rmSync(parent, { recursive: true });
});
