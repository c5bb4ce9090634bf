import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inventory, type Routes } from './testing/inventories.ts';
import { binds, judge, names, namespacesHeld } from './testing/judged.ts';

describe('a namespace with more names or binds than all others together', () => {
  const tenant = names('evil', 30);
  const honest = { ...names('shop', 7), ...names('pay', 1) };

  it.each<[string, Routes, Routes, string[]]>([
    [
      'doesn’t make the loss of most others look small',
      { ...honest, ...tenant },
      { ...names('shop', 1), ...tenant },
      ['pay', 'shop'],
    ],
    [
      'doesn’t make it look small when names of it come at the same time',
      { ...honest, ...names('evil', 8) },
      { ...names('shop', 1), ...tenant },
      ['pay', 'shop'],
    ],
    [
      'doesn’t make the loss of the only other namespace look small',
      { ...names('shop', 8), ...tenant },
      { ...names('shop', 1), ...tenant },
      ['shop'],
    ],
    [
      'doesn’t make the loss of binds look small',
      { ...names('shop', 2), ...binds('shop', 3, 7001), ...binds('pay', 1, 7101), ...binds('evil', 30) },
      { ...names('shop', 2), ...binds('evil', 30) },
      ['pay', 'shop'],
    ],
    [
      'lets the others remove half of theirs',
      { ...honest, ...tenant },
      { ...names('shop', 3), ...names('pay', 1), ...tenant },
      [],
    ],
    [
      'lets the others remove few, whatever share it is',
      { ...names('shop', 3), ...names('pay', 1), ...tenant },
      { ...names('pay', 1), ...tenant },
      [],
    ],
    ['waits alone if it removes its own', { ...honest, ...tenant }, honest, ['evil']],
    [
      'waits alone if it removes its own, while another one removes a few',
      { ...honest, ...tenant },
      { ...names('shop', 5), ...names('pay', 1) },
      ['evil'],
    ],
    [
      'is held with the others if a list lacks half of everything',
      { ...names('shop', 10), ...names('pay', 10), ...tenant },
      { ...names('shop', 4), ...names('pay', 4), ...names('evil', 12) },
      ['evil', 'pay', 'shop'],
    ],
  ])('%s', (_what, before, after, held) =>
    expect(namespacesHeld(judge(inventory(before), inventory(after)).verdict)).toEqual(held),
  );

  it('doesn’t make the loss of a smaller one look like nothing beside that of a larger one', () => {
    const before = { ...names('shop', 170), ...names('pay', 10), ...names('evil', 80) };
    const after = { ...names('shop', 10), ...names('pay', 2), ...names('evil', 80) };
    expect(namespacesHeld(judge(inventory(before), inventory(after)).verdict)).toEqual(['pay', 'shop']);
  });

  it('never releases others that lose more than half of theirs: 300 from seed 20261', () => {
    const loser = fc.record({ count: fc.integer({ min: 7, max: 20 }), left: fc.nat(3) });
    const property = fc.property(loser, loser, fc.nat(90), (shop, pay, evil) => {
      const kept = names('evil', evil);
      const before = inventory({ ...names('shop', shop.count), ...names('pay', pay.count), ...kept });
      const after = inventory({ ...names('shop', shop.left), ...names('pay', pay.left), ...kept });
      expect(namespacesHeld(judge(before, after).verdict)).toEqual(['pay', 'shop']);
    });
    fc.assert(property, { seed: 20_261, numRuns: 300 });
  });

  it('is named beside the share of the others', () => {
    const after = { ...names('shop', 1), ...tenant };
    const { shares } = judge(inventory({ ...honest, ...tenant }), inventory(after)).verdict;
    expect(shares).toEqual([{ what: 'hosts', lost: 7, most: 8, without: 'evil' }]);
  });
});

describe('a namespace that goes as a whole', () => {
  it.each<[string, Routes, Routes]>([
    [
      'may go if it is one of several of its size',
      { ...names('shop', 10), ...names('blog', 10), ...names('pay', 10) },
      { ...names('shop', 10), ...names('pay', 10) },
    ],
    ['may go if it has few names', { ...names('shop', 10), ...names('blog', 3) }, names('shop', 10)],
  ])('%s', (_what, before, after) =>
    expect(judge(inventory(before), inventory(after)).verdict.held).toEqual([]),
  );
});

describe('what comes while something is held', () => {
  const honest = { ...names('shop', 3), ...names('pay', 1) };

  it('doesn’t release what its own namespace lost, however much it is', () => {
    const before = inventory({ ...honest, ...names('evil', 40) });
    const first = judge(before, inventory(honest));
    expect(first.verdict.held).toHaveLength(40);
    const more = { ...honest, ...names('evil', 200, 101) };
    const stands = inventory({ ...more, ...names('evil', 40) });
    const second = judge(before, inventory(more), first.memory);
    expect(second.verdict.held).toHaveLength(40);
    expect(judge(stands, inventory(more), second.memory).verdict.held).toHaveLength(40);
  });

  it('doesn’t release what another namespace lost', () => {
    const kept = { ...names('blog', 3), ...names('pay', 2) };
    const before = inventory({ ...kept, ...names('shop', 20) });
    const first = judge(before, inventory(kept));
    expect(namespacesHeld(first.verdict)).toEqual(['shop']);
    const more = { ...kept, ...names('evil', 100), ...names('foul', 100) };
    const stands = inventory({ ...more, ...names('shop', 20) });
    const second = judge(before, inventory(more), first.memory);
    expect(judge(stands, inventory(more), second.memory).verdict.held).toHaveLength(20);
  });

  it('doesn’t release binds', () => {
    const kept = { ...names('pay', 2), ...binds('pay', 1, 7001) };
    const before = inventory({ ...kept, ...binds('evil', 8) });
    const first = judge(before, inventory(kept));
    expect(first.verdict.held).toHaveLength(8);
    const more = { ...kept, ...binds('foul', 40, 9001), ...binds('vile', 40, 9101) };
    const stands = inventory({ ...more, ...binds('evil', 8) });
    const second = judge(before, inventory(more), first.memory);
    expect(judge(stands, inventory(more), second.memory).verdict.held).toHaveLength(8);
  });

  it('is guarded like everything else if one namespace alone is held', () => {
    const kept = names('pay', 4);
    const before = inventory({ ...kept, ...names('evil', 40) });
    const first = judge(before, inventory(kept));
    const more = { ...kept, ...names('blog', 8) };
    const second = judge(before, inventory(more), first.memory);
    const stands = inventory({ ...more, ...names('evil', 40) });
    const lacking = judge(stands, inventory(names('pay', 1)), second.memory);
    expect(namespacesHeld(lacking.verdict)).toEqual(['blog', 'evil', 'pay']);
  });

  it('may go again beside what is held', () => {
    const kept = names('pay', 8);
    const before = inventory({ ...kept, ...names('evil', 40) });
    const first = judge(before, inventory(kept));
    const more = { ...kept, ...names('blog', 3) };
    const second = judge(before, inventory(more), first.memory);
    const stands = inventory({ ...more, ...names('evil', 40) });
    expect(namespacesHeld(judge(stands, inventory(kept), second.memory).verdict)).toEqual(['evil']);
  });

  it('ends with what is back', () => {
    const all = { ...honest, ...names('evil', 40) };
    const first = judge(inventory(all), inventory(honest));
    const back = judge(inventory(all), inventory(all), first.memory);
    expect(back.verdict.held).toEqual([]);
    expect(back.memory.heldHosts.size).toBe(0);
  });
});

describe('what a namespace removed within the last ten minutes', () => {
  /** Eight namespaces with five names each, beside one with more than they have together. */
  const small = [...'abcdefgh'].map((letter) => names(`shop-${letter}`, 5));
  const honest: Routes = Object.assign({}, ...small) as Routes;
  const others: Routes = Object.assign({}, ...small.slice(1)) as Routes;
  const left = names('evil', 13);
  const first = judge(inventory({ ...honest, ...names('evil', 60) }), inventory({ ...honest, ...left }));

  it('went, since it was less than the share', () => expect(first.verdict.held).toEqual([]));

  it('is no loss of another one, so that nothing of that is held', () => {
    const after = { ...others, ...names('shop-a', 1), ...left };
    const second = judge(inventory({ ...honest, ...left }), inventory(after), first.memory);
    expect(second.verdict.held).toEqual([]);
  });

  it('has only its own removals held, also if another one exchanges one name for another', () => {
    const after = { ...others, ...names('shop-a', 5, 2) };
    const second = judge(inventory({ ...honest, ...left }), inventory(after), first.memory);
    expect(namespacesHeld(second.verdict)).toEqual(['evil']);
  });

  it('counts together with what others lose once they lose something worth mentioning', () => {
    const second = judge(inventory({ ...honest, ...left }), inventory({ ...others, ...left }), first.memory);
    expect(namespacesHeld(second.verdict)).toEqual(['shop-a']);
  });

  it('isn’t lost if another namespace has it now', () => {
    const before = inventory({ ...names('old', 8), ...names('pay', 2) });
    const moved = Object.fromEntries(Object.keys(names('old', 7)).map((route) => [route, 'new/web']));
    const between = { ...moved, ...names('old', 1, 8), ...names('pay', 2) };
    const taken = judge(before, inventory(between));
    expect(taken.verdict.held).toEqual([]);
    const after = inventory({ ...moved, ...names('pay', 2) });
    expect(judge(inventory(between), after, taken.memory).verdict.held).toEqual([]);
  });
});
