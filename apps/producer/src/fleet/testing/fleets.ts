import type { OwnerReading, RegisteredHost } from '@kubefigurator/etcd-store';
import { type HostDraft, registered, REVISION } from '../../explain/testing/observed.ts';
import { formatPinMarker } from '../../publish/pin/pin-marker.ts';
import type { FleetFacts } from '../fleet-health.ts';

const HASH = '0'.repeat(64);
export const AT = '2026-01-02T03:04:05.678Z';

/** Hosts that run the text in etcd, with nothing held. */
export function fleetOf(
  hosts: readonly (HostDraft | RegisteredHost)[],
  more: Partial<FleetFacts> = {},
): FleetFacts {
  return {
    key: '/config',
    published: { revision: REVISION, text: 'text', hash: HASH },
    hosts: hosts.map((host) => ('isAlive' in host ? host : registered(host, HASH))),
    board: { record: undefined, approvals: [], pause: undefined },
    ...more,
  };
}

const missing = { source: 'shop/web/https', message: 'unable to load certificate from /ssl/shop.pem' };

function keyWith(value: object): OwnerReading {
  return { revision: '9', value: JSON.stringify(value) };
}

function markerOf(kind: 'pinned' | 'unpinned', reason: string): string {
  const text = { revision: '40', hash: HASH };
  return formatPinMarker({ kind, text, before: undefined, signature: { by: 'ann@desk', at: AT, reason } });
}

/** Fleets by the name of their golden file. */
export const FLEETS: Readonly<Record<string, FleetFacts>> = {
  healthy: fleetOf([{ host: 'lb-1' }, { host: 'lb-2' }], {
    leader: keyWith({ id: 'a', host: 'node-1', pid: 42, since: AT }),
    record: keyWith({ by: 'a', lists: {}, elected: true }),
    owner: keyWith({ cluster: 'nyc1', uid: '5c1e8a52-3b7c-4a7b-9d3e-0c3f1a2b4c5d', since: AT }),
  }),
  'nobody-leads': fleetOf([{ host: 'lb-1' }], {
    leader: { revision: '0', value: undefined },
    record: keyWith({ by: 'a', lists: {}, elected: true }),
    owner: keyWith({
      cluster: '',
      uid: '5c1e8a52-3b7c-4a7b-9d3e-0c3f1a2b4c5d',
      takenOver: { by: 'ann@desk', at: AT, reason: 'moved' },
    }),
  }),
  'published-by-apply': fleetOf([{ host: 'lb-1' }], {
    leader: { revision: '0', value: undefined },
    record: keyWith({ by: 'a', lists: {} }),
    owner: keyWith({ cluster: 'nyc1' }),
  }),
  'no-hosts': fleetOf([]),
  'nothing-published': fleetOf([{ host: 'lb-1' }], { published: { problem: 'the key is missing' } }),
  'each-trouble': fleetOf([
    { host: 'behind', seen: '41' },
    { host: 'blind', blindSince: AT, seen: '41' },
    { host: 'dead', alive: false },
    { host: 'drifting', drift: [{ kind: 'file-edited', what: '/etc/haproxy/dynamic.cfg', since: AT }] },
    { host: 'left-out', leftOut: [missing] },
    {
      host: 'many-left-out',
      leftOut: Array.from({ length: 20 }, (_each, index) => ({
        source: `team-${String(index)}/web/https`,
        message: 'no such file',
      })),
      leftOutCount: 900,
    },
    { host: 'new', raw: 'nothing' },
    {
      ...{ host: 'newer', isAlive: true },
      status: { kind: 'unreadable', reason: 'is of version 2; this program knows 1' },
    },
    { host: 'refusing', outcome: { kind: 'rejected', summary: 'rejected (check): unknown keyword' } },
    { host: 'unreadable', raw: 'unreadable', alive: false },
    { host: 'whole' },
  ]),
  'two-hundred-hosts': fleetOf(
    Array.from({ length: 200 }, (_each, index) => ({
      host: `lb-${String(index).padStart(3, '0')}`,
      leftOut: index < 150 ? [missing] : [],
      alive: index < 180,
    })),
  ),
  'held-and-paused': fleetOf([{ host: 'lb-1' }], {
    board: {
      record: {
        since: AT,
        everything: false,
        shares: [{ what: 'hosts', lost: 53, most: 100 }],
        services: Object.fromEntries(
          Array.from({ length: 53 }, (_each, index) => [
            `shop/web-${String(index)}`,
            { digest: 'd', hosts: 1, servers: 3 },
          ]),
        ),
      },
      approvals: [
        {
          entry: { name: 'approved-1', revision: '7', value: '' },
          signature: { by: 'ann@desk', at: AT, reason: 'moved' },
          services: {},
        },
      ],
      pause: { by: 'bob@desk', at: AT, reason: 'upgrade of etcd' },
    },
  }),
  pinned: fleetOf([{ host: 'lb-1' }], {
    pin: { revision: '44', value: markerOf('pinned', 'the release of today is wrong') },
    unpublished: '{"marker":"44","added":3,"removed":1}',
  }),
  'pinned-without-a-producer': fleetOf([{ host: 'lb-1' }], {
    pin: { revision: '44', value: 'by hand \u001b[2J' },
    unpublished: '{"marker":"43","added":3,"removed":1}',
  }),
  'pinned-and-overwritten': fleetOf([{ host: 'lb-1' }], {
    published: { revision: REVISION, text: 'by hand', hash: 'f'.repeat(64) },
    pin: { revision: '41', value: markerOf('pinned', '') },
    record: { revision: '39', value: '{}' },
  }),
  'pinned-before-a-downgrade': fleetOf([{ host: 'lb-1' }], {
    published: { revision: REVISION, text: 'newer', hash: 'f'.repeat(64) },
    pin: { revision: '41', value: markerOf('pinned', '') },
    record: { revision: REVISION, value: '{}' },
  }),
  unpinned: fleetOf([{ host: 'lb-1' }], {
    pin: { revision: '45', value: markerOf('unpinned', '\u001b[2J\u202e') },
  }),
  hostile: fleetOf(
    [
      {
        host: 'lb\u001b[2J\nlb-9   yes   yes',
        leftOut: [{ source: 'a/b/c', message: `\u001b]0;title\u0007\nlb-1: fine \u202e${'x'.repeat(900)}` }],
      },
      { host: 'lb-1' },
    ],
    {
      leader: keyWith({ host: 'node\u001b[2J\n1', pid: 42, since: 'now \u202e' }),
      record: { revision: '9', value: '\u001b[2J' },
      owner: keyWith({ cluster: 'nyc1', takenOver: { by: 'ann\u001b[2J', at: 'now\n\u202e', reason: '' } }),
    },
  ),
};
