import { createLogger, OperatorError } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import { beforeEach, expect, it } from 'vitest';
import { createLinkState, type LinkState } from './link-state.ts';

let link: LinkState;
let lines: () => readonly string[];
const timeout = new OperatorError('no answer', { code: 'timeout' });
const denied = new OperatorError('denied', { code: 'denied' });

beforeEach(() => {
  const { stream, text } = captureStream();
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  link = createLinkState({ name: '/key', log, onState: () => undefined });
  lines = () =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { level, msg } = JSON.parse(line) as { readonly level: string; readonly msg: string };
        return `${level} ${msg}`;
      });
});

it('logs the first connection at level info, and each one after a failure at level warn', () => {
  link.alive();
  link.alive();
  link.lost(timeout, 100);
  link.alive();
  expect(lines()).toEqual(['info etcd.connected', 'warn etcd.lost', 'warn etcd.connected']);
});

it('logs failures with the same code once', () => {
  for (const failure of [timeout, timeout, denied, timeout]) link.lost(failure, 100);
  link.alive();
  expect(lines()).toEqual([
    'warn etcd-connection.failed',
    'warn etcd-connection.failed',
    'warn etcd-connection.failed',
    'warn etcd.connected',
  ]);
});

it('logs once that reads take the place of progress requests, also over new connections', () => {
  link.alive();
  link.aliveByRead();
  link.aliveByRead();
  link.lost(timeout, 100);
  link.alive();
  link.aliveByRead();
  expect(lines()).toEqual([
    'info etcd.connected',
    'info progress-request.ignored',
    'warn etcd.lost',
    'warn etcd.connected',
  ]);
});
