import { describe, expect, it } from 'vitest';
import { ipOrder, isInSpan, parseIpSpan } from './ip-span.ts';

function holds(span: string, address: string): boolean {
  const parsed = parseIpSpan(span);
  const order = ipOrder(address);
  if (parsed === undefined || order === undefined) throw new Error('neither a span nor an address');
  return isInSpan(order, parsed);
}

describe('parseIpSpan', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.0/24', '10.0.0.255', true],
    ['10.0.0.0/24', '10.0.1.0', false],
    ['10.0.0.9-10.0.0.10', '10.0.0.10', true],
    ['10.0.0.9-10.0.0.10', '10.0.0.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['2001:db8::1-2001:db8::ff', '2001:db8::80', true],
    ['::/0', '10.0.0.1', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
  ])('%s holds %s: %s', (span, address, expected) => expect(holds(span, address)).toBe(expected));

  it.each([
    ...['', '*', '10.0.0', '10.0.0.1/24', '10.0.0.9-10.0.0.1', '10.0.0.1-2001:db8::1', '10.0.0.1-'],
    ...['10.0.0.1-10.0.0.2-10.0.0.3', '10.0.0.1 - 10.0.0.2', 'shop.example.com', '10.0.0.0/33'],
  ])('refuses %j', (text) => expect(parseIpSpan(text)).toBeUndefined());

  it.each([
    ['010.0.0.1', undefined],
    ['10.0.0.0/24', '10.0.0.0/24'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['2001:DB8::1-2001:DB8::2', '2001:db8::1-2001:db8::2'],
    ['10.0.0.1-10.0.0.1', '10.0.0.1'],
  ])('%j is written as %j', (text, expected) => expect(parseIpSpan(text)?.text).toBe(expected));
});
