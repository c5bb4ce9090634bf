import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSameProcess } from '@kubefigurator/rollout';
import { describe, expect, it, vi } from 'vitest';
import {
  configArguments,
  processIdentity,
  identifyOwnProcess,
  isProcessStopped,
  haproxyLoadsFile,
} from './processes.ts';

describe('configArguments', () => {
  it.each([
    [
      'haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -f /etc/haproxy/dynamic.cfg',
      ['/etc/haproxy/haproxy.cfg', '/etc/haproxy/dynamic.cfg'],
    ],
    ['haproxy -sf 12 -x sockpair@4 -W -f a -- b c', ['a', 'b', 'c']],
    ['haproxy -W', []],
  ])('%s', (line, files) => expect(configArguments(line.split(' '))).toEqual(files));
});

it('loads a file that is named, or a *.cfg without a leading dot in a folder that is named', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kubefigurator-loads-')));
  const file = join(folder, 'dynamic.cfg');
  writeFileSync(file, '');
  expect(await haproxyLoadsFile([file], file)).toBe(true);
  expect(await haproxyLoadsFile([`${folder}/`], file)).toBe(true);
  expect(await haproxyLoadsFile([folder], join(folder, '.dynamic.cfg'))).toBe(false);
  expect(await haproxyLoadsFile([folder], join(folder, 'dynamic.conf'))).toBe(false);
  expect(await haproxyLoadsFile(['/etc/haproxy/haproxy.cfg'], file)).toBe(false);
});

it('a process is known by its number and its start', async () => {
  const self = await processIdentity(process.pid);
  expect(isSameProcess(self, await processIdentity(process.pid))).toBe(true);
  expect(isSameProcess(self, self && { ...self, startTicks: 1 })).toBe(false);
  expect(isSameProcess(undefined, undefined)).toBe(false);
  expect(await processIdentity(2 ** 22 + 1)).toBeUndefined();
  expect(await identifyOwnProcess()).toEqual(self);
});

it('a process is stopped from SIGSTOP to SIGCONT', async () => {
  const child = spawn('sleep', ['60']);
  const pid = child.pid ?? 0;
  try {
    expect(await isProcessStopped(pid)).toBe(false);
    child.kill('SIGSTOP');
    await vi.waitFor(async () => expect(await isProcessStopped(pid)).toBe(true));
    child.kill('SIGCONT');
    await vi.waitFor(async () => expect(await isProcessStopped(pid)).toBe(false));
  } finally {
    child.kill('SIGKILL');
  }
});
