import type { Blame } from '@kubefigurator/config-model';
import { expect, it } from 'vitest';
import type { FreshPort } from './fresh-ports.ts';
import { widenBlame } from './widen.ts';

const port = (name: string, isNew = true): FreshPort => {
  const [namespace = '', service = '', each = ''] = name.split('/');
  return { namespace, service, port: each, isNew };
};
const blame = (...names: readonly string[]): Blame[] =>
  names.map((name) => {
    const { namespace, service, port: each } = port(name);
    return { sources: [{ namespace, service, port: each }], message: 'wrong' };
  });
const blamed = (parts: readonly Blame[]): string[] =>
  parts.flatMap(({ sources }) => sources.map((each) => `${each.namespace}/${each.service}/${each.port}`));
const PATIENT = { isPatienceOver: false };

it('a Service that is blamed again is blamed with all that is new or changed of it', () => {
  const fresh = [port('n/a/3'), port('n/a/4', false), port('n/b/1')];
  const wide = widenBlame({ ...PATIENT, before: blame('n/a/1'), now: blame('n/a/2'), fresh });
  expect(blamed(wide)).toEqual(['n/a/2', 'n/a/3', 'n/a/4']);
});

it('what is new of another Service of the namespace isn’t blamed, as long as nobody else waits', () => {
  const fresh = [port('n/b/2'), port('n/c/1')];
  const wide = widenBlame({ ...PATIENT, before: blame('n/a/1'), now: blame('n/b/1'), fresh });
  expect(blamed(wide)).toEqual(['n/b/1']);
});

it('if others wait, what is new in the namespaces that were blamed is tried later, and what runs stays', () => {
  const fresh = [port('n/b/2'), port('n/c/1'), port('n/d/1', false), port('other/a/1'), port('m/a/2')];
  const now = blame('n/b/1', 'm/a/1');
  const wide = widenBlame({ ...PATIENT, before: blame('n/a/1'), now, fresh });
  expect(blamed(wide)).toEqual(['n/b/1', 'm/a/1', 'n/b/2', 'n/c/1', 'm/a/2']);
});

it('after many refusals it is tried later, though nobody else waits', () => {
  const fresh = [port('n/b/2'), port('n/c/1', false)];
  const wide = widenBlame({ before: blame('n/a/1'), now: blame('n/b/1'), fresh, isPatienceOver: true });
  expect(blamed(wide)).toEqual(['n/b/1', 'n/b/2']);
});

it.each<[string, Blame]>([
  [
    'a line that several share',
    { ...blame('n/a/2')[0], shared: true, message: 'x', sources: [port('n/a/2'), port('m/a/1')] },
  ],
  ['nobody', { sources: [], message: 'x' }],
  [
    'a bind of several Services',
    { sources: [port('n/a/2'), port('m/a/1')], bind: { section: 'frontend f', word: '*:80' }, message: 'x' },
  ],
])('a refusal of %s widens nothing', (_what, refusal) => {
  const fresh = [port('n/a/3'), port('other/a/1')];
  const wide = widenBlame({ ...PATIENT, before: blame('n/a/1'), now: [refusal], fresh });
  expect(wide).toEqual([refusal]);
});
