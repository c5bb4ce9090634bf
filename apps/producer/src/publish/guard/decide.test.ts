import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createApprovalCheck, digestOfLoss } from './approvals.ts';
import { decideHeldLosses, type GuardMemory, type GuardSettings, NO_MEMORY, type Verdict } from './decide.ts';
import { compareWith, rememberPublished } from './memory.ts';
import { WINDOW_MS } from './peaks.ts';
import { hostsOn, inventory, upTo } from './testing/inventories.ts';

const SETTINGS: GuardSettings = { guards: true, share: 0.5, minimum: 4, confirmAfterMs: 300_000 };
type Numbers = readonly number[];

interface Step {
  readonly memory?: GuardMemory;
  readonly now?: number;
  readonly listedAt?: number;
  readonly isApproved?: () => boolean;
  readonly settings?: Partial<GuardSettings>;
}

function judge(
  before: ReturnType<typeof inventory>,
  after: ReturnType<typeof inventory>,
  { memory = NO_MEMORY, now = 0, listedAt, isApproved = () => false, settings = {} }: Step = {},
): { verdict: Verdict; memory: GuardMemory } {
  const compared = compareWith(memory, before, after);
  const verdict = decideHeldLosses({
    ...compared,
    memory,
    settings: { ...SETTINGS, ...settings },
    isApproved,
    now,
    listedAt,
  });
  return {
    verdict,
    memory: rememberPublished(memory, { verdict, losses: compared.losses, before }, after, now),
  };
}

const hosts = (before: Numbers, after: Numbers, step: Step = {}): string[] =>
  judge(inventory(hostsOn('*:443', before)), inventory(hostsOn('*:443', after)), step).verdict.held.map(
    ({ service }) => service,
  );

describe('hosts', () => {
  it.each<[string, Numbers, Numbers, number]>([
    ['half of them', upTo(10), upTo(5), 0],
    ['more than half', upTo(10), upTo(4), 6],
    ['more than half of fewer than four', upTo(3), upTo(1), 0],
    ['more than half of four', upTo(4), upTo(1), 3],
    ['everything of few', upTo(2), [], 2],
    ['everything, while others come', upTo(3), [7, 8, 9], 3],
    ['nothing, while others come', upTo(3), upTo(9), 0],
  ])('%s', (_what, before, after, held) => expect(hosts(before, after)).toHaveLength(held));

  it('goes through in any share with the settings for that', () => {
    expect(hosts(upTo(10), upTo(1), { settings: { share: 1 } })).toEqual([]);
    expect(hosts(upTo(10), [], { settings: { share: 1 } })).toHaveLength(10);
    expect(hosts(upTo(10), [], { settings: { guards: false } })).toEqual([]);
    expect(hosts(upTo(10), upTo(9), { settings: { share: 0 } })).toHaveLength(1);
    expect(hosts(upTo(10), upTo(1), { settings: { minimum: 11 } })).toEqual([]);
  });

  it('counts three losses in a row as one, for ten minutes', () => {
    const at = (numbers: Numbers): ReturnType<typeof inventory> => inventory(hostsOn('*:443', numbers));
    const first = judge(at(upTo(10)), at(upTo(8)));
    const second = judge(at(upTo(8)), at(upTo(6)), { memory: first.memory, now: 60_000 });
    expect([first.verdict.held, second.verdict.held]).toEqual([[], []]);
    const third = (now: number): Verdict =>
      judge(at(upTo(6)), at(upTo(4)), { memory: second.memory, now }).verdict;
    expect(third(120_000).held).toHaveLength(2);
    expect(third(120_000).shares).toEqual([{ what: 'hosts', lost: 6, most: 10 }]);
    expect(third(WINDOW_MS + 60_000).held).toEqual([]);
  });

  it('stays held when others come, until it is back', () => {
    const memory = { ...NO_MEMORY, heldServices: new Set(['shop/s1']) };
    expect(hosts(upTo(10), upTo(10, 2), { memory })).toEqual(['shop/s1']);
    expect(hosts(upTo(10), upTo(10), { memory })).toEqual([]);
  });

  it('lets go what was approved, and counts it no more', () => {
    const [ten, three] = [upTo(10), upTo(3)].map((numbers) => inventory(hostsOn('*:443', numbers)));
    if (ten === undefined || three === undefined) throw new Error('there are two');
    const approved = judge(ten, three, { isApproved: () => true });
    expect(approved.verdict).toMatchObject({ held: [], approved: { length: 7 } });
    const two = inventory(hostsOn('*:443', upTo(2)));
    expect(judge(three, two, { memory: approved.memory, now: 1 }).verdict.held).toEqual([]);
  });

  it('approves one Service among many, as it was when it was approved', () => {
    const losses = judge(inventory(hostsOn('*:443', upTo(10))), inventory({})).verdict.held;
    const [first, second] = losses;
    if (first === undefined || second === undefined) throw new Error('ten are held');
    const isApproved = createApprovalCheck([{ services: { [first.service]: digestOfLoss(first) } }]);
    expect(losses.filter(isApproved)).toEqual([first]);
    expect(isApproved({ ...first, hosts: [...first.hosts, ...second.hosts] })).toBe(false);
    expect(isApproved({ ...second, service: first.service })).toBe(false);
  });
});

it('holds the hosts of binds if more than half of the binds would go', () => {
  const many = hostsOn('*:443', upTo(20));
  const few = { '*:80 a.org': 'shop/a', '*:81 b.org': 'shop/b', '*:82 c.org': 'shop/c' };
  const { verdict } = judge(inventory({ ...many, ...few }), inventory(many));
  expect(verdict.held.map(({ service }) => service)).toEqual(['shop/a', 'shop/b', 'shop/c']);
});

it('holds what another Service takes, if it holds anything', () => {
  const before = inventory(hostsOn('*:443', upTo(10)));
  const taker = { ...hostsOn('*:443', [1, 2]), '*:443 h9.org': 'shop/taker' };
  expect(judge(before, inventory(taker)).verdict.held.map(({ service }) => service)).toContain('shop/s9');
  const enough = { ...hostsOn('*:443', upTo(8)), '*:443 h9.org': 'shop/taker' };
  expect(judge(before, inventory(enough)).verdict.held).toEqual([]);
});

describe('servers', () => {
  const routes = hostsOn('*:443', [1, 2]);
  const nodes = (count: number, from = 1): string[] => upTo(count, from).map((number) => `n${number}`);
  const ofNodes = (names: readonly string[]): ReturnType<typeof inventory> => inventory(routes, names);
  const held = ({ verdict }: { verdict: Verdict }): (readonly string[])[] =>
    verdict.held.flatMap(({ servers }) => servers.map(({ names }) => names));

  it('holds more than half of a backend, and every server', () => {
    expect(held(judge(ofNodes(nodes(10)), ofNodes(nodes(5))))).toEqual([]);
    expect(held(judge(ofNodes(nodes(10)), ofNodes(nodes(4))))).toEqual([nodes(10, 5), nodes(10, 5)]);
    expect(held(judge(ofNodes(nodes(1)), ofNodes([])))).toEqual([['n1'], ['n1']]);
  });

  it('lets them go once a list of the cluster confirms it after the wait', () => {
    const [before, after] = [ofNodes(nodes(10)), ofNodes(nodes(2))];
    const first = judge(before, after, { now: 1_000 });
    expect(first.verdict.confirmsAt).toBe(301_000);
    const memory = first.memory;
    const later = { memory, now: 302_000 };
    expect(held(judge(before, after, { ...later, listedAt: 300_999 }))).toHaveLength(2);
    expect(held(judge(before, after, later))).toHaveLength(2);
    const confirmed = judge(before, after, { ...later, listedAt: 301_000 });
    expect(held(confirmed)).toEqual([]);
    // The backend starts anew: one more node is no sudden loss.
    expect(held(judge(after, ofNodes(nodes(1)), { memory: confirmed.memory, now: 302_001 }))).toEqual([]);
  });

  it('never confirms that no server is left', () => {
    const [before, after] = [ofNodes(nodes(10)), ofNodes(['other'])];
    const { memory, verdict } = judge(before, after);
    expect(verdict).toMatchObject({ isEverything: true, confirmsAt: undefined });
    expect(held(judge(before, after, { memory, now: 900_000, listedAt: 800_000 }))).toHaveLength(2);
  });

  it('waits anew for a server that is lost later', () => {
    const [before, after] = [ofNodes(nodes(10)), ofNodes(nodes(4))];
    const { memory } = judge(before, after);
    const more = judge(before, ofNodes(nodes(3)), { memory, now: 200_000, listedAt: 150_000 });
    const last = judge(before, ofNodes(nodes(3)), { memory: more.memory, now: 301_000, listedAt: 300_500 });
    expect(held(last)).toEqual([['n4'], ['n4']]);
  });
});

it('never holds up to the share, and always more than it, for any numbers: 1,000 from seed 20261', () => {
  const property = fc.property(fc.integer({ min: 4, max: 40 }), fc.nat(40), (count, lost) => {
    const gone = Math.min(lost, count);
    const held = hosts(upTo(count), upTo(count).slice(gone));
    expect(held.length).toBe(gone * 2 > count ? gone : 0);
  });
  fc.assert(property, { seed: 20_261, numRuns: 1_000 });
});
