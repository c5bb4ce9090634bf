import type { ClusterSnapshot, ServiceRecord } from '@kubefigurator/translator';
import { expect, it } from 'vitest';
import { changedServicesIn } from './changed-services.ts';

function service(name: string, number = 80): ServiceRecord {
  return {
    ...{ namespace: 'shop', name, type: 'NodePort', ipFamilies: [], createdAt: 1 },
    labels: new Map(),
    annotations: new Map(),
    ports: [{ name: 'web', number, protocol: 'TCP', nodePort: 30_080 }],
  };
}
const snapshotOf = (...services: readonly ServiceRecord[]): ClusterSnapshot => ({ services, nodes: [] });
const TEXT = ['new', 'changed', 'same'].map((name) => `# service: shop/${name} port: web\n`).join('');

it('gives the Services of the text that are new or changed, and no others', () => {
  const before = snapshotOf(service('changed'), service('same'), service('gone'));
  const after = snapshotOf(service('new'), service('changed', 81), service('same'), service('not-in-text'));
  expect(changedServicesIn(TEXT, before, after).map(({ name }) => name)).toEqual(['changed', 'new']);
});

it('gives a few of very many', () => {
  const many = Array.from({ length: 500 }, (_, index) => service(`s-${String(index)}`));
  const text = many.map(({ name }) => `# service: shop/${name} port: web\n`).join('');
  expect(changedServicesIn(text, snapshotOf(), snapshotOf(...many)).length).toBeLessThanOrEqual(20);
});
