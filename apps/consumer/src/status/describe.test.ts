import type { Outcome } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { describeOutcome, describeReadiness } from './describe.ts';

const blame = [{ sources: [], message: 'EIO: i/o error, read' }];
type Failed = Extract<Outcome, { kind: 'failed' }>;
const failed = (stage: Failed['stage'], restored: Failed['restored']): Failed => ({
  kind: 'failed',
  stage,
  blame,
  restored,
});

describe('describeOutcome', () => {
  it.each<[Failed, string]>([
    [
      failed('pass', true),
      'failed: the pass could not be finished: EIO: i/o error, read; what runs is kept and the pass is tried again',
    ],
    [
      failed('pass', 'unknown'),
      'failed: the pass could not be finished: EIO: i/o error, read; the file on disk may have changed; the pass is tried again',
    ],
    [
      failed('pass', false),
      'failed: the pass could not be finished: EIO: i/o error, read; THE FILE ON DISK COULD NOT BE RESTORED; the pass is tried again',
    ],
    [failed('stage', true), 'failed at stage; the config before stays: EIO: i/o error, read'],
    [
      failed('reload', 'unknown'),
      'failed at reload; the file on disk may have changed: EIO: i/o error, read',
    ],
    [
      failed('reload', false),
      'failed at reload; THE FILE ON DISK COULD NOT BE RESTORED: EIO: i/o error, read',
    ],
  ])('%j', (outcome, text) => {
    expect(describeOutcome(outcome)).toBe(text);
  });
});

describe('describeReadiness', () => {
  const unchanged: Outcome = { kind: 'unchanged', leftOut: [] };
  const broken = failed('pass', 'unknown');

  it.each<[string, Outcome | undefined, boolean, true | string]>([
    ['the text runs', unchanged, true, true],
    ['nothing was heard', undefined, false, 'etcd has not been heard yet'],
    ['no pass has ended', undefined, true, 'nothing has been applied yet'],
    ['a pass threw', broken, true, describeOutcome(broken)],
    ['the first pass threw before etcd was heard', broken, false, describeOutcome(broken)],
  ])('if %s', (_what, outcome, isEtcdHeard, readiness) => {
    expect(describeReadiness(outcome, isEtcdHeard)).toBe(readiness);
  });
});
