import type { OwnerReading, Reading } from '@kubefigurator/etcd-store';
import { hashOfText } from '@kubefigurator/etcd-store';
import { expect, it } from 'vitest';
import { describeUnrestored, hashInReading, judgePin, type PinJudgement } from './judge-pin.ts';
import type { PinMarker } from './pin-marker.ts';

const marker: PinMarker = {
  kind: 'pinned',
  text: { revision: '3', hash: hashOfText('old') },
  before: undefined,
  signature: { by: 'ann', at: 'now', reason: '' },
};

function holds(text: string, revision = '12'): Reading {
  return { kind: 'published', published: { revision, text, bytes: text.length } };
}

function recordAt(revision: string): OwnerReading {
  return { revision, value: revision === '0' ? undefined : '{}' };
}

function judged(reading: Reading, record: OwnerReading | undefined): PinJudgement {
  return judgePin({ marker, markerRevision: '10', record, hash: hashInReading(reading) });
}

it('leaves a pin behind only if a publication of a producer came after it', () => {
  expect([
    judged(holds('else'), recordAt('9')),
    judged(holds('else'), recordAt('11')),
    judged(holds('by hand', '13'), recordAt('11')),
    judged(holds('else'), recordAt('100')),
  ]).toEqual(['overwritten', 'left-behind', 'left-behind', 'left-behind']);
});

it('has a text put back that was overwritten or deleted by hand, also if no record is known', () => {
  const missing: Reading = { kind: 'missing', key: '/config', atRevision: '12' };
  expect([
    judged(missing, recordAt('9')),
    judged(holds('else'), recordAt('0')),
    judged(holds('else'), undefined),
  ]).toEqual(['overwritten', 'overwritten', 'overwritten']);
});

it('keeps what the key holds already, whoever wrote it', () => {
  expect(judged(holds('old'), recordAt('11'))).toBe('kept');
});

it('puts nothing back for a marker that names no text, and says so', () => {
  const named = judgePin({
    marker: { ...marker, text: undefined },
    markerRevision: '10',
    record: recordAt('9'),
    hash: hashInReading(holds('else')),
  });
  expect(named).toBe('unnamed');
  const described = (['kept', 'overwritten', 'left-behind', 'lost', 'unnamed'] as const).map(
    (judgement) => describeUnrestored(judgement) !== undefined,
  );
  expect(described).toEqual([false, false, true, true, true]);
});
