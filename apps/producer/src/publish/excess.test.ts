import { expect, it } from 'vitest';
import { excessOf } from './excess.ts';

const small = { text: 'x\n', sections: 2, binds: 1, servers: 2 };
/** Text that gzip can't make smaller. */
const noise = (bytes: number): string => {
  let state = 1;
  return Array.from({ length: bytes }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 94));
  }).join('');
};

it.each([
  ['small', small],
  ['of 10 MB that gzip makes small', { ...small, text: 'a line of text\n'.repeat(400_000) }],
  ['of as many sections as the hosts take', { ...small, sections: 20_000 }],
  ['of as many addresses as the hosts listen on', { ...small, binds: 10_000 }],
])('a text may be published that is %s', (_what, counted) =>
  expect(excessOf(counted)).toBeLessThanOrEqual(1),
);

it.each([
  ['too large even if it is gzipped', { ...small, text: noise(3_000_000) }],
  ['too large for the memory of a host', { ...small, text: `${'x'.repeat(1_000)}\n`.repeat(26_000) }],
  ['of too many lines', { ...small, text: 'x\n'.repeat(500_001) }],
  ['of too many sections', { ...small, sections: 20_001 }],
  ['of too many addresses to listen on', { ...small, binds: 10_001 }],
  ['of too many servers', { ...small, servers: 300_001 }],
])('a text may not be published that is %s', (_what, counted) =>
  expect(excessOf(counted)).toBeGreaterThan(1),
);
