import { MAX_VALUE_BYTES } from '@kubefigurator/etcd-store';
import { expect, it } from 'vitest';
import { nearlyFull, roomUsesOf } from './text-room.ts';

const server = (index: number): string => `  server s${String(index)} 192.0.2.1:1 check\n`;
/** A text of one section with so many servers. */
function textOf(servers: number): string {
  const lines = Array.from({ length: servers }, (_each, index) => server(index)).join('');
  return `# header\n\n# service: a/b port: c\nbackend a_b_c\n  mode tcp\n${lines}`;
}

it('a text that is stored plain uses nothing of etcd’s limit', () => {
  const text = textOf(3);
  const uses = roomUsesOf({ text, bytes: text.length }, 0.8);
  expect(uses.map(({ limit, count }) => [limit, count])).toEqual([
    ['etcd-value', 0],
    ['unpacked-bytes', text.length],
  ]);
  expect(nearlyFull(uses, 0.8)).toEqual([]);
});

it('a gzipped text uses what is stored', () => {
  const text = textOf(3).padEnd(2 * MAX_VALUE_BYTES);
  const uses = roomUsesOf({ text, bytes: Math.ceil(0.81 * MAX_VALUE_BYTES) }, 0.8);
  expect(nearlyFull(uses, 0.8).map(({ limit }) => limit)).toEqual(['etcd-value']);
  expect(nearlyFull(uses, 0.82)).toEqual([]);
});

it('a limit of the hosts is named once more than the part of it is used', () => {
  const text = Array.from({ length: 1 }, () => textOf(9_000)).join('');
  const limits = (part: number): readonly string[] =>
    nearlyFull(roomUsesOf({ text, bytes: 1 }, part), part).map(({ limit }) => limit);
  expect(limits(0.0001)).toContain('servers');
  expect(limits(0.9)).toEqual([]);
});
