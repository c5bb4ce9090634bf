import type { HostPresence } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { foundAgents, judgePresence, knownAgents, UNSHARED, type NameWatch } from './name-watch.ts';

const presence = (id: string, sharedWith: readonly string[] = []): HostPresence => ({
  ...{ version: 1, id, machine: 'lb-1', addresses: ['192.0.2.1'], pid: 7, startedAt: '2026' },
  ...(sharedWith.length === 0 ? {} : { sharedWith: sharedWith.map((each) => presence(each)) }),
});
/** Looks in a row: a letter is the agent that was found, `-` is nobody. */
const after = (looks: string): NameWatch =>
  [...looks].reduce((watch, id) => judgePresence(watch, id === '-' ? undefined : presence(id)), UNSHARED);

describe('a name', () => {
  it.each([
    ['no look', '', false],
    ['nobody', '-----', false],
    ['what a restored etcd or a late put has left', 'b----', false],
    ['the same, again much later', 'b---b', false],
    ['the same, with two looks between', 'b--b', false],
    ['another agent that writes again', 'bb', true],
    ['another agent that was missed once', 'b-b', true],
    ['another agent that is started again and again', 'bcd', true],
    ['another agent, missed twice since', 'bb--', true],
    ['another agent that has gone', 'bb---', false],
    ['another agent that has gone, and one leftover later', 'bb---b', false],
    ['another agent that goes and comes', 'bb---bb', true],
  ])('after %s (looks "%s") is shared: %s', (_what, looks, isShared) =>
    expect(after(looks).isShared).toBe(isShared),
  );
});

describe('the others', () => {
  const ids = (agents: readonly { readonly id: string }[]): string => agents.map(({ id }) => id).join('');

  it.each([
    ['nobody after one look, which proves nothing', 'b', ''],
    ['both after two looks, in whatever order', 'cb', 'bc'],
    ['the one that two looks found', 'bb', 'b'],
    ['those of the last three looks', 'cbb-', 'b'],
  ])('are %s', (_what, looks, expected) => expect(ids(foundAgents(after(looks)))).toBe(expected));

  const isSelf = ({ id }: { readonly id: string }): boolean => id === 'a';

  it('are also those that they have found, but not this agent', () => {
    const watch = [presence('c', ['b', 'a']), presence('c', ['b'])].reduce(judgePresence, UNSHARED);
    expect(ids(foundAgents(watch))).toBe('c');
    expect(ids(knownAgents(watch, isSelf))).toBe('bc');
    expect(Object.keys(knownAgents(watch, isSelf)[1] ?? {}).sort()).toEqual(
      ['addresses', 'id', 'machine', 'pid', 'startedAt'].sort(),
    );
  });

  it('are nobody while the name is not shared', () => {
    expect(ids(knownAgents(judgePresence(UNSHARED, presence('c', ['b'])), isSelf))).toBe('');
  });
});
