import { expect, it } from 'vitest';
import { isOutgoingPort, parseOutgoingPorts, readOutgoingPorts } from './outgoing-ports.ts';

it.each([
  ['below the range', '32768\t60999\n', '\n', 32_767, false],
  ['the first of the range', '32768\t60999\n', '\n', 32_768, true],
  ['the last of the range', '32768\t60999\n', '\n', 60_999, true],
  ['above the range', '32768\t60999\n', '\n', 61_000, false],
  ['a reserved port', '32768\t60999\n', '40000,50000-50010\n', 40_000, false],
  ['a reserved range', '32768\t60999\n', '40000,50000-50010\n', 50_005, false],
  ['between what is reserved', '32768\t60999\n', '40000,50000-50010\n', 45_000, true],
])('knows whether the kernel may give a port to an outgoing connection: %s', (...row) => {
  const [, range, reserved, port, isOutgoing] = row;
  const ports = parseOutgoingPorts(range, reserved);
  expect(ports && isOutgoingPort(ports, port)).toBe(isOutgoing);
});

it.each(['', 'all\n', '32768\n'])('knows nothing without a range: %j', (range) => {
  expect(parseOutgoingPorts(range, '')).toBeUndefined();
});

it('reads the settings of this machine', async () => {
  expect((await readOutgoingPorts())?.range).toHaveLength(2);
});
