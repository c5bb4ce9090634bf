import type { HostStatus } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import { hashText } from '../host/release-hash.ts';
import { formatHostStatus } from './format.ts';
import type { StatusOrigin } from './judge.ts';
import { judgeHost } from './judge.ts';

const AT = '2026-01-02T03:04:05.000Z';
const LATER = '2026-01-02T03:05:00.000Z';
const agent = { pid: 7, startTicks: 70 };
const status: HostStatus = {
  ...{ version: 1, host: 'lb-1', startedAt: AT, process: agent, versions: { consumer: '1' } },
  applied: { revision: '7', hash: hashText('x'), how: 'reload', at: AT },
  outcome: { kind: 'applied', summary: 'applied', at: AT, durationMs: 1 },
  ...{ leftOut: [], leftOutCount: 0, oldWorkers: 0, drift: [] },
};
const origin: StatusOrigin = {
  path: '/s/status.json',
  writtenAt: LATER,
  process: agent,
  isMarkedOld: false,
  isStopped: false,
};
const haproxy = {
  kind: 'up',
  processes: undefined,
  worker: undefined,
  configFiles: undefined,
  loadsOurFile: true,
} as const;
const judge = (change: Partial<StatusOrigin>, text = 'x', of = status): ReturnType<typeof judgeHost> =>
  judgeHost(of, {
    agent: 'pid 7 (watch)',
    origin: { ...origin, ...change },
    ...{ haproxy, freeze: undefined, file: { path: '/d.cfg', text } },
  });

it('a status of the running agent is believed, however old the file is', () => {
  expect(judge({ writtenAt: '2001-01-01T00:00:00.000Z' }).troubles).toEqual([]);
  expect(judge({}, 'edited').troubles).toEqual(['/d.cfg is not what was applied']);
});

it('an agent that a signal has stopped applies nothing, whatever its last status says', () => {
  const { inSync, troubles } = judge({ isStopped: true });
  expect({ inSync, troubles }).toEqual({
    inSync: false,
    troubles: ['the agent (pid 7) is stopped by a signal and applies nothing; kill -CONT 7 lets it go on'],
  });
});

it.each<[string, Partial<StatusOrigin>, RegExp]>([
  ['the agent could not write it', { isMarkedOld: true }, /the agent can't write \/s\/status\.json; look at/],
  ['another process wrote it', { process: { pid: 8, startTicks: 90 } }, /the running agent has not written/],
  [
    'the number was given again',
    { process: { pid: 7, startTicks: 71 } },
    /the running agent has not written/,
  ],
])('a status is old if %s, and nothing else is concluded from it', (_what, change, fault) => {
  const report = judge(change, 'newer');
  expect(report.inSync).toBe(false);
  expect(report.troubles).toEqual([expect.stringMatching(fault)]);
  expect(report.troubles[0]).toContain(`this status is old (written at ${LATER})`);
  expect(formatHostStatus(report)).toContain('running as pid 7 (watch)\n');
});

it('a status of an earlier version, without the process, is believed unless it is marked', () => {
  const earlier = JSON.parse(JSON.stringify({ ...status, process: undefined })) as HostStatus;
  expect(judge({ process: { pid: 8, startTicks: 90 } }, 'x', earlier).inSync).toBe(true);
  expect(judge({ isMarkedOld: true }, 'x', earlier).inSync).toBe(false);
});
