import { expect, it } from 'vitest';
import { nearNames, nearServices } from './near.ts';

const services = ['shop/web', 'shop/admin', 'blog/web', 'blog/feed'].map((full) => {
  const [namespace = '', name = ''] = full.split('/');
  return { namespace, name };
});

it.each([
  ['shop/wbe', ['shop/web']],
  ['shop/feed', ['blog/feed']],
  ['shpo/admin', ['shop/admin']],
  ['other/web', ['blog/web', 'shop/web']],
  ['shop/database', []],
  ['shpo/amdin', ['shop/admin']],
])('%s: %j', (full, near) => {
  const [namespace = '', name = ''] = full.split('/');
  expect(nearServices({ namespace, name }, services)).toEqual(near);
});

it('names that are spelt alike, else none', () => {
  expect(nearNames('worker-1a', ['worker-1b', 'edge'])).toEqual(['worker-1b']);
  expect(nearNames('x', ['worker-1b', 'edge'])).toEqual([]);
});
