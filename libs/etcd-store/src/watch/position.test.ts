import { describe, expect, it } from 'vitest';
import { positionAfterListing, isNewEvent, judgeListing, START, type Position } from './position.ts';

const at = (upTo: bigint, history = 0): Position => ({ upTo, history });

describe('a listing', () => {
  it.each([
    ['is the first', START, START, 1n, 'current'],
    ['shows what is known', at(7n), at(7n), 7n, 'current'],
    ['shows more than is known', at(7n), at(7n), 9n, 'current'],
    ['shows more than the watch delivered meanwhile', at(7n), at(9n), 12n, 'current'],
    ['was overtaken by the watch', at(7n), at(9n), 8n, 'outdated'],
    ['was overtaken by the first listing', START, at(9n), 8n, 'outdated'],
    ['shows less than was known when it was asked for', at(7n), at(7n), 3n, 'restored'],
    ['shows less than was known, and the watch spoke meanwhile', at(7n), at(9n), 3n, 'restored'],
    ['was answered before a restore that is known by now', at(900n, 0), at(5n, 1), 950n, 'incomparable'],
  ] as const)('that %s', (...[, asked, known, revision, judgement]) => {
    expect(judgeListing(asked, known, revision)).toBe(judgement);
  });

  it('moves the position, and counts when it goes back', () => {
    expect(positionAfterListing(START, 4n)).toEqual(at(4n));
    expect(positionAfterListing(at(4n), 4n)).toEqual(at(4n));
    expect(positionAfterListing(at(4n), 6n)).toEqual(at(6n));
    expect(positionAfterListing(at(4n), 2n)).toEqual(at(2n, 1));
  });
});

it('an event is news only if its revision is after that of the listing', () => {
  expect([3n, 4n, 5n].map((revision) => isNewEvent(at(4n), revision))).toEqual([false, false, true]);
});
