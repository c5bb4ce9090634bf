import { describe, expect, it } from 'vitest';
import type { HostAgent, HostPresence } from './host-presence.ts';
import { describeAgent, parseHostPresence } from './host-presence.ts';

const AT = '2026-01-02T03:04:05.000Z';
const agent: HostAgent = {
  id: 'a',
  machine: 'lb-1',
  addresses: ['192.0.2.1', '2001:db8::1'],
  pid: 7,
  startedAt: AT,
};
const presence: HostPresence = { version: 1, ...agent };

describe('parseHostPresence', () => {
  it('reads what was written, with and without other agents of the same host name', () => {
    for (const written of [presence, { ...presence, sharedWith: [{ ...agent, id: 'b' }] }])
      expect(parseHostPresence(JSON.stringify(written))).toEqual(written);
  });

  it('passes over fields it does not know', () => {
    expect(parseHostPresence(JSON.stringify({ ...presence, later: 1 }))).toEqual(presence);
  });

  it.each([
    ['that of an earlier consumer', JSON.stringify({ version: 1, startedAt: AT })],
    ['that of a later version', JSON.stringify({ ...presence, version: 2 })],
    ['nothing', ''],
    ['no object', '7'],
    ['null', 'null'],
    ['an address that is no text', JSON.stringify({ ...presence, addresses: [7] })],
    ['a broken list of agents', JSON.stringify({ ...presence, sharedWith: [{}] })],
  ])('does not read %s', (_what, text) => expect(parseHostPresence(text)).toBeUndefined());

  it('makes printable and shortens whatever another host has written', () => {
    const hostile = {
      ...presence,
      machine: `\u001b[2Jlb-1\n${'x'.repeat(10_000)}`,
      addresses: Array.from({ length: 1_000 }, () => '\u0007'),
    };
    const text = JSON.stringify({ ...hostile, sharedWith: Array.from({ length: 1_000 }, () => hostile) });
    const read = parseHostPresence(text);
    expect(read).toMatchObject({
      machine: expect.stringMatching(/^\?\[2Jlb-1\?x+$/),
      addresses: Array(8).fill('?'),
    });
    expect(JSON.stringify(read).length).toBeLessThan(10_000);
  });
});

it('an agent is described by its process, machine and addresses', () => {
  expect(describeAgent(agent)).toBe(`pid 7 on lb-1 (192.0.2.1, 2001:db8::1), started at ${AT}`);
  expect(describeAgent({ ...agent, addresses: [] })).toBe(`pid 7 on lb-1, started at ${AT}`);
});
