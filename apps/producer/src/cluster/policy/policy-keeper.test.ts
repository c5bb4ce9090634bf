import type { Health } from '@kubefigurator/daemon';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCapturedLog } from '../testing/captured-log.ts';
import { createPolicyKeeper, type PolicyKeeper } from './policy-keeper.ts';

const GOOD = 'default: {listenPorts: [80]}';
const OTHER = 'default: {listenPorts: [443]}';
const LABELS = 'rules: [{name: web, namespaceSelector: tier=web, listenPorts: [8443]}]';

let captured: ReturnType<typeof createCapturedLog>;
let keeper: PolicyKeeper;
let changes: number;
let followed: boolean;
let known: Health;

beforeEach(() => {
  captured = createCapturedLog();
  [changes, followed, known] = [0, false, 'listing namespaces'];
  keeper = createPolicyKeeper({
    ...{ from: '/etc/policy.yaml', cluster: '', log: captured.log },
    labels: { follow: () => (followed = true), ready: () => known },
    onChange: () => (changes += 1),
  });
});

function portOf(): number | undefined {
  const policy = keeper.current();
  return (policy?.rules[0] ?? policy?.fallback)?.listenPorts?.[0]?.from;
}

describe('the policy that counts', () => {
  it('is none before one could be read', () => {
    expect(keeper.ready()).toBe('waiting for the policy (/etc/policy.yaml)');
    keeper.refuse("it doesn't exist");
    expect(keeper.ready()).toBe("the policy (/etc/policy.yaml) can't be used: it doesn't exist");
    expect(keeper.current()).toBeUndefined();
  });

  it('is the last one that could be read', () => {
    keeper.offer(GOOD);
    expect([keeper.ready(), portOf(), changes]).toEqual([true, 80, 1]);
    keeper.offer('default: {listenPort: [443]}');
    expect([keeper.ready(), portOf(), changes]).toEqual([true, 80, 1]);
    expect(keeper.trouble()).toContain('line 1: default has no field "listenPort"');
    keeper.refuse("it doesn't exist");
    expect([portOf(), changes]).toEqual([80, 1]);
    keeper.offer(OTHER);
    expect([portOf(), changes, keeper.trouble()]).toEqual([443, 2, undefined]);
    expect(captured.lines.map(({ msg }) => msg)).toEqual([
      ...['policy.applied', 'policy.refused', 'policy.refused', 'policy.recovered', 'policy.applied'],
    ]);
  });

  it('is the same one again after a mistake is taken back', () => {
    keeper.offer(GOOD);
    keeper.offer('x');
    keeper.offer(GOOD);
    expect([portOf(), keeper.trouble()]).toEqual([80, undefined]);
  });

  it('is not looked at again if its text is the same', () => {
    keeper.offer(GOOD);
    keeper.offer(GOOD);
    expect(changes).toBe(1);
  });

  it('waits for the labels of Namespaces, which are followed only if it goes by them', () => {
    keeper.offer(GOOD);
    expect(followed).toBe(false);
    keeper.offer(LABELS);
    expect([followed, portOf(), keeper.ready()]).toEqual([true, 80, true]);
    expect(keeper.trouble()).toContain('its rules go by labels of Namespaces: listing namespaces');
    known = true;
    expect([portOf(), keeper.trouble(), changes]).toEqual([8443, undefined, 2]);
  });
});
