import { describe, expect, it } from 'vitest';
import { serviceKey } from '@kubefigurator/config-model';
import { NOTHING_GUARDED } from '../index.ts';
import { fitNames, intent, left, names, served, standingOf } from '../testing/fitted.ts';

const nodesUpTo = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}`);

describe('the last tenth of the room', () => {
  const web = intent('web', names('w', 80));
  const standing = standingOf([web]);

  it('is not given to a new Service', () => {
    const fits = fitNames([web, intent('new', names('n', 10))], { most: 100, standing });
    expect({ left: left(fits), served: served(fits) }).toEqual({ left: [], served: ['web 80', 'new 10'] });
    const room = fitNames([web, intent('new', names('n', 11))], { most: 100, standing });
    expect({ left: left(room), served: served(room) }).toEqual({ left: ['new'], served: ['web 80'] });
    expect(room.diagnostics[0]?.message).toContain(
      'more than 90 % of the 100 names of this test, of which the rest is kept for Nodes that come',
    );
  });

  it('is not given to what a published Service asks for besides', () => {
    const grown = intent('web', names('w', 91));
    const { built, excesses } = fitNames([grown], { most: 100, standing });
    expect({ length: built.text.length, excesses }).toEqual({ length: 80, excesses: [] });
  });

  it('is for what is published, on more Nodes', () => {
    const most = 1_000;
    const nodes = nodesUpTo(12);
    const result = fitNames([web], { most, standing, nodes, standingNodes: nodesUpTo(11) });
    expect({ left: left(result), length: result.built.text.length }).toEqual({ left: [], length: 960 });
  });

  it('is used by the first text', () => {
    expect(left(fitNames([web, intent('new', names('n', 20))], { most: 100 }))).toEqual([]);
  });
});

describe('Nodes for which there is no room', () => {
  const web = intent('web', names('w', 80));
  const standing = standingOf([web]);
  const most = 1_000;

  it.each([
    ['one', 13, ['n12']],
    ['several', 15, ['n12', 'n13', 'n14']],
    ['many', 60, nodesUpTo(60).slice(12)],
  ])('are left out, %s, as few as possible, and nothing of what is published', (_what, count, out) => {
    const nodes = nodesUpTo(count).sort();
    const result = fitNames([web, intent('new', ['n.test'])], {
      ...{ most, standing, nodes, standingNodes: nodesUpTo(11) },
    });
    expect(served(result)).toEqual(['web 80']);
    expect(result.excesses).toEqual([]);
    expect(result.built.text.length).toBe(960);
    const [service, ...objects] = result.diagnostics.map(({ object }) => object);
    expect(service).toMatchObject({ kind: 'Service', name: 'new' });
    expect(objects.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual(
      // The last by name are left out, and n11 is the only new one for which there is room if it is the first of them.
      nodes
        .filter((name) => !nodesUpTo(11).includes(name))
        .slice(1)
        .map((name) => `Node ${name}`)
        .sort(),
    );
    expect(out).toHaveLength(objects.length);
  });

  it('stay out of the next text, which is the same', () => {
    const nodes = nodesUpTo(60).sort();
    const first = fitNames([web], { most, standing, nodes, standingNodes: nodesUpTo(11) });
    const came = nodes.filter((name) => !left(first).includes(name));
    const second = fitNames([web], { most, standing, nodes, standingNodes: came });
    expect(left(second)).toEqual(left(first));
  });

  it('come in place of others that go', () => {
    const nodes = [...nodesUpTo(11), 'x1', 'x2'];
    expect(left(fitNames([web], { most, standing, nodes, standingNodes: nodesUpTo(12) }))).toEqual(['x2']);
  });

  it('are named with the largest Service and what to do', () => {
    const { diagnostics } = fitNames([web], {
      ...{ most, standing, nodes: nodesUpTo(13), standingNodes: nodesUpTo(12) },
    });
    expect(diagnostics[0]?.message).toBe(
      "no room for this Node: with it the text of all Services would have more than the 1,000 names of this test, also without all Services that aren't published yet; what is published is served by the other Nodes; make Services smaller or publish fewer of them (the largest is shop/web)",
    );
  });
});

describe('the share of a namespace', () => {
  const honest = intent('honest', names('h', 5), 443, 'honest');
  const evil = Array.from({ length: 60 }, (_, index) =>
    intent(`e${index}`, names(`e${index}-`, 1), 443, 'evil'),
  );
  const standing = standingOf([honest]);
  const room = { most: 100, standing, namespaceShare: 0.5 };

  it('is not exceeded by new Services, whatever room there is', () => {
    const result = fitNames([honest, ...evil], room);
    expect(left(result)).toHaveLength(10);
    expect(result.built.text.length).toBe(55);
    expect(result.diagnostics[0]?.message).toMatch(
      /^the Services of namespace evil would take more than 50 % of the 100 names of this test, which one namespace may have while others have Services too \(--namespace-share\); of what isn't published yet, the largest are left out, and this is one of them: no room for port http; /,
    );
  });

  it('goes to the oldest of equal Services', () => {
    const youngest = evil.slice(50).map(({ source }) => source.service);
    expect(left(fitNames([honest, ...evil], room))).toEqual(youngest.toReversed());
  });

  it('stays the same once the others are published', () => {
    const first = fitNames([honest, ...evil], room);
    const came = evil.filter(({ source }) => !left(first).includes(source.service));
    const second = fitNames([honest, ...evil], { ...room, standing: standingOf([honest, ...came]) });
    expect({ left: left(second), served: served(second).sort() }).toEqual({
      left: left(first),
      served: served(first).sort(),
    });
  });

  it('takes nothing away that is published already, and gives nothing more', () => {
    const result = fitNames([honest, ...evil, intent('more', ['more.test'], 443, 'evil')], {
      ...{ ...room, standing: standingOf([honest, ...evil]) },
    });
    expect({ left: left(result), length: result.built.text.length }).toEqual({ left: ['more'], length: 65 });
  });

  it('counts what is published too: a namespace that has half of the room gets nothing more', () => {
    const result = fitNames([honest, ...evil.slice(0, 50), intent('more', ['more.test'], 443, 'evil')], {
      ...{ ...room, standing: standingOf([honest, ...evil.slice(0, 50)]) },
    });
    expect({ left: left(result), length: result.built.text.length }).toEqual({ left: ['more'], length: 55 });
  });

  it('leaves room for others: two namespaces together still leave the last tenth', () => {
    const both = [
      ...evil,
      ...evil.map((each) => ({ ...each, source: { ...each.source, namespace: 'evil2' } })),
    ];
    const other = both.map((each, index) => ({
      ...each,
      hosts: [{ match: 'exact' as const, name: `o${index}.test` }],
    }));
    const result = fitNames([honest, ...other], room);
    expect(result.built.text.length).toBe(90);
    expect(served(result)).toContain('honest 5');
  });

  it('is all of the room for a namespace that is alone, and for the first text', () => {
    expect(left(fitNames(evil, { ...room, standing: standingOf(evil.slice(0, 1)) }))).toEqual([]);
    expect(left(fitNames([honest, ...evil], { most: 100, namespaceShare: 0.5 }))).toEqual([]);
    expect(left(fitNames([honest, ...evil], { ...room, namespaceShare: 1 }))).toEqual([]);
  });
});

describe('what was left out before', () => {
  const web = intent('web', names('w', 10), 443, 'honest');
  const standing = standingOf([web]);
  const asked = [
    web,
    ...Array.from({ length: 60 }, (_, index) => intent(`s${index}`, names(`s${index}-`, 3 + (index % 7)))),
  ];

  it('is where the search begins: the same answer in a few tries, also after a small change', () => {
    const room = { most: 200, standing };
    const first = fitNames(asked, room);
    const again = fitNames(asked, { ...room, leftOutBefore: first.leftOut });
    expect({ left: left(again), served: served(again) }).toEqual({
      left: left(first),
      served: served(first),
    });
    expect(first.leftOut.forRoom.size).toBeGreaterThan(20);
    expect(again.tries).toBeLessThan(first.tries);
    expect(again.tries).toBeLessThanOrEqual(5);
    for (const changed of [asked.slice(0, -1), [...asked, intent('more', names('m', 9))]]) {
      const fits = fitNames(changed, { ...room, leftOutBefore: first.leftOut });
      expect(left(fits)).toEqual(left(fitNames(changed, room)));
      expect(fits.tries).toBeLessThanOrEqual(7);
    }
  });

  it('may be of a cluster that was another one', () => {
    const before = {
      forShare: new Set<string>(),
      forRoom: new Set(asked.map(({ source }) => serviceKey(source))),
    };
    const room = { most: 200, standing };
    expect(left(fitNames(asked, { ...room, leftOutBefore: before }))).toEqual(left(fitNames(asked, room)));
    expect(left(fitNames(asked, { most: 1_000, standing, leftOutBefore: before }))).toEqual([]);
  });
});

describe('what a guard holds', () => {
  const web = intent('web', names('w', 10), 443, 'honest');
  const gone = intent('gone', names('g', 45), 443, 'evil');
  const standing = standingOf([web, gone]);
  const guarded = {
    ...NOTHING_GUARDED,
    claims: [
      {
        ...{
          source: gone.source,
          address: '*',
          port: 443,
          mode: 'http' as const,
          tls: false,
          certificates: [],
        },
        hosts: gone.hosts.map(({ name }) => name),
      },
    ],
  };

  it('counts in the share of its namespace', () => {
    const more = intent('more', names('m', 10), 443, 'evil');
    const room = { most: 100, namespaceShare: 0.5, standing };
    expect(left(fitNames([web, more], room))).toEqual([]);
    expect(left(fitNames([web, more], { ...room, guarded }))).toEqual(['more']);
  });
});
