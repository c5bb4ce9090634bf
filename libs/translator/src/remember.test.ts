import { describe, expect, it } from 'vitest';
import { rememberLast } from './remember.ts';

describe('rememberLast', () => {
  const setUp = (): { calls: string[]; ask: (key: { name: string }, suffix: string) => string } => {
    const calls: string[] = [];
    const ask = rememberLast((key: { name: string }, suffix: string) => {
      calls.push(key.name + suffix);
      return key.name + suffix;
    });
    return { calls, ask };
  };

  it('computes once for an object and the same other arguments', () => {
    const { calls, ask } = setUp();
    const [one, other] = [{ name: 'a' }, { name: 'b' }];
    expect([ask(one, '1'), ask(other, '1'), ask(one, '1'), ask(other, '1')]).toEqual([
      'a1',
      'b1',
      'a1',
      'b1',
    ]);
    expect(calls).toEqual(['a1', 'b1']);
  });

  it('computes again if another argument differs, and keeps the last result only', () => {
    const { calls, ask } = setUp();
    const one = { name: 'a' };
    expect([ask(one, '1'), ask(one, '2'), ask(one, '2'), ask(one, '1')]).toEqual(['a1', 'a2', 'a2', 'a1']);
    expect(calls).toEqual(['a1', 'a2', 'a1']);
  });

  it('takes fewer arguments for other ones', () => {
    const ask = rememberLast((key: { name: string }, ...suffixes: readonly string[]) =>
      [key.name, ...suffixes].join(''),
    );
    const one = { name: 'a' };
    expect([ask(one), ask(one, '1'), ask(one)]).toEqual(['a', 'a1', 'a']);
  });

  it('takes an equal object for another one', () => {
    const { calls, ask } = setUp();
    ask({ name: 'a' }, '1');
    ask({ name: 'a' }, '1');
    expect(calls).toHaveLength(2);
  });
});
