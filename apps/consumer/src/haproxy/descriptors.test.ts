import { describe, expect, it } from 'vitest';
import { parseDescriptorLimit, parseDescriptorUsage, descriptorRoomOf } from './descriptors.ts';

const INFO = 'Ulimit-n: 1561\nMaxsock: 1561\nMaxconn: 300\nHard_maxconn: 500\nMaxpipes: 0\nCurrConns: 1\n';
const ROOT = 'Name:\thaproxy\nCapEff:\t000001ffffffffff\n';
const WITHOUT = 'Name:\thaproxy\nCapEff:\t000001fffeffffff\n';
const limitsOf = (hard: string): string =>
  `Max processes             7                    7                    processes \nMax open files            1024                 ${hard.padEnd(20)} files     \n`;

describe('what a worker needs besides the text', () => {
  it('is known from the text with which it started', () => {
    expect(parseDescriptorUsage(INFO, 511)).toEqual({ overhead: 50, connections: 500, pipes: 0 });
    expect(parseDescriptorUsage(INFO.replace('Maxpipes: 0', 'Maxpipes: 20'), 500)?.overhead).toBe(21);
  });

  it('is taken for nothing if that text isn’t known, or needs more', () => {
    expect(parseDescriptorUsage(INFO, undefined)?.overhead).toBe(0);
    expect(parseDescriptorUsage(INFO, 600)?.overhead).toBe(0);
  });

  it.each(['Maxsock', 'Hard_maxconn', 'Maxpipes'])('is unknown without %s', (name) => {
    expect(parseDescriptorUsage(INFO.replace(`${name}:`, 'Other:'), 511)).toBeUndefined();
  });
});

describe('the descriptors that HAProxy may have', () => {
  it.each([
    ['4096', WITHOUT, '1048576\n', 4096],
    ['unlimited', WITHOUT, '1048576\n', 1048576],
    ['4096', ROOT, '1048576\n', 1048576],
    ['4096', 'Name:\thaproxy\n', '1048576\n', undefined],
    ['4096', WITHOUT, '', undefined],
  ])('are, with the limit %s, %j and %j, %s', (hard, status, most, limit) => {
    expect(parseDescriptorLimit(limitsOf(hard), status, most)).toBe(limit);
  });

  it('are unknown without /proc', () => {
    expect(parseDescriptorLimit('', '', '')).toBeUndefined();
  });
});

describe('the room for a text', () => {
  const usage = { overhead: 50, connections: 500, pipes: 10 };
  const none = { connections: undefined, descriptors: Number.POSITIVE_INFINITY, isStrict: true };

  it('leaves HAProxy the connections of maxconn, or the fewest that it takes without', () => {
    expect(descriptorRoomOf(usage, 9000, none)).toEqual({ most: 9000, overhead: 50, connections: 200 });
    expect(descriptorRoomOf(usage, 9000, { ...none, connections: 500 })?.connections).toBe(1020);
    // It may stand below an `.if`.
    expect(descriptorRoomOf(usage, 9000, { ...none, connections: 700 })?.connections).toBe(200);
  });

  it('ends at the limits in the host’s own files, and is unknown if these aren’t strict', () => {
    expect(descriptorRoomOf(usage, 9000, { ...none, descriptors: 8000 })?.most).toBe(8000);
    expect(descriptorRoomOf(usage, 9000, { ...none, isStrict: false })).toBeUndefined();
  });
});
