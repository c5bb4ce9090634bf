import { expect, it } from 'vitest';
import { noRoomForNode } from './no-room.ts';

const node = { name: 'n1' } as Parameters<typeof noRoomForNode>[0];
const servers = { resource: 'servers', count: 10_001, most: 10_000, part: 1 } as const;

it('a Node for which a single backend has no room is not to be helped by fewer Services', () => {
  const excess = {
    ...servers,
    unit: 'servers in one section that the hosts take',
    perSection: true,
  } as const;
  expect(noRoomForNode(node, undefined, [excess]).message).toBe(
    "no room for this Node: with it each backend would have more than the 10,000 servers in one section that the hosts take, also without all Services that aren't published yet; what is published is served by the other Nodes; choose fewer Nodes (--node-selector)",
  );
});

it('a Node for which the text has no room is', () => {
  const excess = { ...servers, unit: 'servers that the hosts take' };
  expect(noRoomForNode(node, undefined, [excess]).message).toMatch(
    /with it the text of all Services would .*; make Services smaller or publish fewer of them$/,
  );
});
