import type { NodeRecord } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import { admitNodes, type NodeAdmission, type NodePace } from './node-admission.ts';

const LIMITS = { burst: 2, intervalMs: 1_000 };
const node = (name: string, address = '10.0.0.1'): NodeRecord => ({
  name,
  labels: new Map(),
  addresses: [{ type: 'InternalIP', address }],
  taints: [],
  deleting: false,
});
const [calm, other] = [node('calm'), node('other')];

/** Admits the Nodes at these times one after the other. */
function admitInTurn(...turns: readonly (readonly [number, readonly NodeRecord[]])[]): NodeAdmission[] {
  let pace: NodePace | undefined;
  return turns.map(([now, nodes]) => {
    const admission = admitNodes(pace, nodes, { limits: LIMITS, now });
    pace = admission.next;
    return admission;
  });
}

describe('admitNodes', () => {
  it('publishes all before anything was published', () => {
    const [first] = admitInTurn([0, [calm, other]]);
    expect(first).toMatchObject({ nodes: [calm, other], waiting: [], waitMs: undefined });
  });

  it('publishes as many changes of one Node as the burst, and then keeps it as it was', () => {
    const versions = [1, 2, 3, 4].map((part) => node('flapping', `10.0.0.${String(part)}`));
    const admissions = admitInTurn(...versions.map((version, index) => [index, [calm, version]] as const));
    expect(admissions.map(({ nodes }) => nodes[1])).toEqual([
      versions[0],
      versions[1],
      versions[2],
      versions[2],
    ]);
    expect(admissions[3]).toMatchObject({ waiting: ['flapping'] });
    expect(admissions[3]?.waitMs).toBeGreaterThan(990);
  });

  it('publishes the newest once there is a token again', () => {
    const versions = [1, 2, 3, 4, 5].map((part) => node('flapping', `10.0.0.${String(part)}`));
    const admissions = admitInTurn(...versions.map((version, index) => [index, [version]] as const), [
      1_100,
      [versions[4] ?? calm],
    ]);
    expect(admissions[5]).toMatchObject({ nodes: [versions[4]], waiting: [], waitMs: undefined });
  });

  it('delays no other Node', () => {
    const flapping = (part: number): NodeRecord => node('flapping', `10.0.0.${String(part)}`);
    const moved = node('other', '10.0.0.99');
    const admissions = admitInTurn(
      [0, [flapping(1), other]],
      [1, [flapping(2), other]],
      [2, [flapping(3), other]],
      [3, [flapping(4), moved]],
    );
    expect(admissions[3]?.nodes).toEqual([flapping(3), moved]);
    expect(admissions[3]?.waiting).toEqual(['flapping']);
  });

  it('counts a Node that is deleted and created again as one that changes', () => {
    const [first, second] = [node('evil', '10.0.0.1'), node('evil', '10.0.0.2')];
    const admissions = admitInTurn(
      [0, [first]],
      [1, []],
      [2, [second]],
      [3, []],
      [4, [first]],
      [2_500, [first]],
    );
    expect(admissions.map(({ nodes }) => nodes)).toEqual([
      [first],
      [],
      [second],
      [second],
      [second],
      [first],
    ]);
  });

  it('gives a Node that comes back no new burst, also if a pass came while it was away', () => {
    const evil = node('evil');
    const admissions = admitInTurn([0, []], [1, [evil]], [2, []], [3, []], [4, [calm]], [5, [calm, evil]]);
    expect(admissions.at(-1)).toMatchObject({ nodes: [calm], waiting: ['evil'] });
  });

  it('forgets a Node that has been calm for the whole burst', () => {
    const admissions = admitInTurn(
      [0, [calm]],
      [1, [node('calm', '10.0.0.2')]],
      [5_000, [calm]],
      [9_000, [calm]],
    );
    expect(admissions[3]?.next.buckets.size).toBe(0);
  });

  it.each([
    { burst: 0, intervalMs: 1_000 },
    { burst: 2, intervalMs: 0 },
  ])('has no limit with %o', (limits) => {
    const pace: NodePace = { admitted: [calm], buckets: new Map([['calm', { tokens: 0, countedAt: 0 }]]) };
    const moved = node('calm', '10.0.0.9');
    expect(admitNodes(pace, [moved], { limits, now: 0 })).toMatchObject({ nodes: [moved], waiting: [] });
  });
});
