import { describe, expect, it } from 'vitest';
import { formatReservation, parseBindWord, parseReservation, type Reservation } from './reservation.ts';

const source = { namespace: 'shop', service: 'web', port: 'http' };
const RESERVATIONS: readonly Reservation[] = [
  { source, address: '*', port: 443, mode: 'http', tls: true, hosts: ['a.example.com'] },
  { source, address: '10.0.0.1', port: 80, mode: 'http', tls: false, hosts: ['*'] },
  {
    source,
    address: '2001:db8::1',
    port: 65_535,
    mode: 'http',
    tls: true,
    hosts: ['.example.com', 'a.example.com'],
  },
  { source: { ...source, port: '80' }, address: '::', port: 5432, mode: 'tcp', tls: false, hosts: [] },
];

it.each(RESERVATIONS)('reads back what it wrote: %j', (reservation) => {
  const line = formatReservation(reservation);
  expect(line).toMatch(/^# reserved: [ -~]*$/);
  expect(parseReservation(line)).toEqual(reservation);
});

it('is written in words that a person can read', () => {
  expect(RESERVATIONS.slice(0, 1).map(formatReservation)).toEqual([
    '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: a.example.com',
  ]);
});

describe('what is no reservation', () => {
  it.each([
    '# service: shop/web port: http',
    '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: a b',
    '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: "a"',
    '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: a,,b',
    '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: a..b',
    '# reserved: shop/web port: http bind: *:0 mode: http tls: on',
    '# reserved: shop/web port: http bind: *:65536 mode: http tls: on',
    '# reserved: shop/web port: http bind: 10.0.0.01:80 mode: http tls: on',
    '# reserved: shop/web port: http bind: 0.0.0.0:80 mode: http tls: on',
    '# reserved: shop/web port: http bind: [::0]:80 mode: http tls: on',
    '# reserved: ../web port: http bind: *:80 mode: http tls: on',
    '# reserved: shop/web port: http bind: *:80 mode: udp tls: on',
    `# reserved: shop/web port: http bind: *:80 mode: http tls: on host: ${'a'.repeat(300)}`,
  ])('%s', (line) => expect(parseReservation(line)).toBeUndefined());
});

it.each([
  ['*:443', { address: '*', port: 443 }],
  ['[::]:443', { address: '::', port: 443 }],
  ['10.0.0.1:80-90', undefined],
  [':443', undefined],
  ['localhost:80', undefined],
])('reads the word %s of a bind as %j', (word, bind) => expect(parseBindWord(word)).toEqual(bind));
