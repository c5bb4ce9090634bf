import type { DriftFinding, Outcome } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import type { CertificateState } from '@kubefigurator/rollout';
import { beforeEach, expect, it } from 'vitest';
import { createConsumerMetrics } from '../metrics.ts';
import { createPassReporter, type PassReporter } from './news.ts';

let desk: PassReporter;
let lines: () => readonly string[];

beforeEach(() => {
  const { stream, text } = captureStream();
  desk = createPassReporter({
    log: createLogger({ level: 'info', format: 'json', stream, journal: false }),
    host: { live: { path: '/etc/haproxy/dynamic.cfg' } },
    metrics: createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 }),
    onChange: () => undefined,
  });
  lines = () =>
    text()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { level, msg } = JSON.parse(line) as { readonly level: string; readonly msg: string };
        return `${level} ${msg}`;
      });
});

const unchanged: Outcome = { kind: 'unchanged', leftOut: [] };
const failed: Outcome = {
  kind: 'failed',
  stage: 'install',
  blame: [{ sources: [], message: 'full' }],
  restored: true,
};

function report(outcome: Outcome | undefined, repair?: Outcome): void {
  const decision = { kind: 'hold', outcome: outcome ?? unchanged, isHandsOff: false } as const;
  desk.report({ decision, outcome, repair, revision: '7', durationMs: 1, triggers: new Set(['etcd']) });
}

it.each([
  ['server-maint', 'warn'],
  ['haproxy-reloaded', 'info'],
] as const)('logs the end of drift of kind %s at the level of its begin, %s', (kind, level) => {
  const finding: DriftFinding = { kind, what: 'shop/worker-a', since: '2026' };
  desk.drift({ begun: [finding], ended: [] });
  desk.drift({ begun: [], ended: [finding] });
  expect(lines()).toEqual([`${level} drift.found`, `${level} drift.ended`]);
});

it('logs a repair at level info, and after a failed one at level warn', () => {
  for (const repair of [unchanged, failed, failed, unchanged, unchanged]) report(undefined, repair);
  expect(lines()).toEqual([
    'info drift.repaired',
    'warn drift-repair.failed',
    'warn drift.repaired',
    'info drift.repaired',
  ]);
});

it('logs the end of a freeze at the level of the freeze', () => {
  report({ kind: 'frozen', freeze: { since: '2026', by: 'ann' } });
  report(unchanged);
  expect(lines()).toEqual(['warn apply.frozen', 'warn host.thawed', 'warn apply.unchanged']);
});

it('says of a certificate whether its file was corrected, or whether it is served no more', () => {
  const [first, second, third] = ['/ssl/a.pem', '/ssl/b.pem', '/ssl/c.pem'].map((file) => ({
    ...{ file, sources: [], reason: 'it is gone' },
  }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three files');
  const good: CertificateState['disk'] = {
    ...{ kind: 'good', contentHash: 'p', fingerprint: 'f', chain: 0, notAfter: '2028' },
    ...{ isExpired: false, reloadFor: undefined },
  };
  const broken: CertificateState['disk'] = { kind: 'broken', reason: 'it is gone' };
  desk.certificates([first, second, third], []);
  // The first is corrected, the second was forgotten and is still broken, the third is named by no text any more.
  desk.certificates(
    [],
    [
      { file: first.file, disk: good },
      { file: second.file, disk: broken },
    ],
  );
  expect(lines().slice(3)).toEqual([
    'warn certificate.recovered',
    'warn certificate.dropped',
    'warn certificate.dropped',
  ]);
});

it('says of a folder that had grown too far that it is served as it is, or no more', () => {
  const [fits, gone] = ['/ssl/fits', '/ssl/gone'].map((file) => ({
    ...{ file, sources: [], reason: 'this folder has grown', isFolder: true as const },
  }));
  if (fits === undefined || gone === undefined) throw new Error('two folders');
  const before = lines().length;
  desk.certificates([fits, gone], [], [fits.file, gone.file]);
  desk.certificates([fits, gone], [], [fits.file, gone.file]);
  desk.certificates([], [], [fits.file]);
  expect(lines().slice(before)).toEqual([
    'warn certificate.rejected',
    'warn certificate.rejected',
    'warn certificate.recovered',
    'warn certificate.dropped',
  ]);
});
