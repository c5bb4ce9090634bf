import { expect, it } from 'vitest';
import { collectionsOf } from '../api/list.ts';
import { RECORD_KINDS, snapshotOf } from './record-kinds.ts';

it('every kind has its own name, resource and field of the snapshot', () => {
  expect(new Set(RECORD_KINDS.map(({ kind }) => kind)).size).toBe(RECORD_KINDS.length);
  expect(new Set(RECORD_KINDS.map(({ resource }) => resource)).size).toBe(RECORD_KINDS.length);
  expect(Object.keys(snapshotOf(() => []))).toHaveLength(RECORD_KINDS.length);
});

it('a kind has one collection for all namespaces, or one for each named namespace', () => {
  const paths = (...namespaces: readonly string[]): string[] =>
    RECORD_KINDS.flatMap((kind) => collectionsOf(kind, namespaces)).map(
      ({ path, label }) => `${label}: ${path}`,
    );
  expect(paths()).toEqual([
    'services: /api/v1/services',
    'nodes: /api/v1/nodes',
    'namespaces: /api/v1/namespaces',
  ]);
  expect(paths('shop', 'pay', 'shop')).toEqual([
    'services of shop: /api/v1/namespaces/shop/services',
    'services of pay: /api/v1/namespaces/pay/services',
    'nodes: /api/v1/nodes',
    'namespaces: /api/v1/namespaces',
  ]);
  const slices = { apiVersion: 'discovery.k8s.io/v1', resource: 'endpointslices', namespaced: true };
  expect(collectionsOf(slices, ['shop'])[0]?.path).toBe(
    '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices',
  );
});
