import { expect, it } from 'vitest';
import type { ServiceRecord } from '../../snapshot/snapshot.ts';
import { concernsKubefigurator } from './concerns.ts';

const NONE = new Map<string, string>();
const SERVICE: ServiceRecord = {
  ...{ namespace: 'shop', name: 'web', createdAt: 1, type: 'NodePort' },
  ...{ labels: NONE, annotations: NONE, ipFamilies: ['IPv4'], ports: [] },
};

it.each([
  ['haproxy-kubefigurator.enabled', true],
  ['haproxy-kubefigurator.enable', true],
  ['HAProxy-Kubefigurator.enabled', true],
  ['HAPROXY-KUBEFIGURATOR/hostname', true],
  ['haproxy-kubefigurator', true],
  ['haproxy-kubefigurato', false],
  ['example.com/haproxy-kubefigurator.enabled', false],
  ['app', false],
])('a key %s concerns us: %s', (key, expected) => {
  const entries = new Map([[key, 'yes']]);
  expect(concernsKubefigurator({ ...SERVICE, labels: entries })).toBe(expected);
  expect(concernsKubefigurator({ ...SERVICE, annotations: entries })).toBe(expected);
});
