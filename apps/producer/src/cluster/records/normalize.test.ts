import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { normalizeNode, normalizeService } from './normalize.ts';

const service = {
  metadata: {
    namespace: 'shop',
    name: 'web',
    uid: '0b6f3a1e',
    creationTimestamp: '2026-01-31T12:00:00Z',
    labels: { 'haproxy-kubefigurator.enabled': 'yes', app: 'shop' },
    annotations: JSON.parse(
      '{"__proto__": "not ours", "example.com/team": "shop", "haproxy-kubefigurator.web.hostname": "a.example.com"}',
    ) as object,
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: {
    type: 'NodePort',
    ports: [
      { name: 'web', port: 80, nodePort: 30080, targetPort: 'http', appProtocol: 'https' },
      { port: 81, appProtocol: '' },
    ],
  },
};

describe('normalizeService', () => {
  it('keeps what decides about the config and nothing else', () => {
    expect(normalizeService(service)).toEqual({
      namespace: 'shop',
      name: 'web',
      createdAt: 1769860800,
      uid: '0b6f3a1e',
      type: 'NodePort',
      labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
      annotations: new Map([['haproxy-kubefigurator.web.hostname', 'a.example.com']]),
      ipFamilies: ['IPv4'],
      ports: [
        { name: 'web', number: 80, protocol: 'TCP', nodePort: 30080, appProtocol: 'https' },
        { name: undefined, number: 81, protocol: 'TCP', nodePort: undefined },
      ],
    });
  });

  it('keeps no annotation of a Service that isn’t selected but one that was meant as the enabling label', () => {
    const annotations = {
      'haproxy-kubefigurator.enabled': 'yes',
      'haproxy-kubefigurator.web.hostname': 'a.test',
    };
    const { annotations: kept } = normalizeService({ metadata: { name: 'a', annotations }, spec: {} });
    expect([...kept]).toEqual([['haproxy-kubefigurator.enabled', 'yes']]);
  });

  it('refuses more keys of ours than anybody needs, and doesn’t count those of others', () => {
    const keys = (count: number, prefix: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${String(index)}`, '']));
    const labels = { 'haproxy-kubefigurator.enabled': 'yes' };
    const read = (annotations: object): unknown =>
      normalizeService({ metadata: { name: 'a', labels, annotations } });
    expect(() => read(keys(2_001, 'haproxy-kubefigurator.x'))).toThrow(
      'metadata.annotations has 2001 keys of ours; at most 2000 are read',
    );
    expect(() => read({ ...keys(50_000, 'k'), ...keys(2_000, 'haproxy-kubefigurator.x') })).not.toThrow();
    expect(() =>
      normalizeService({ metadata: { name: 'a', labels: keys(2_001, 'haproxy-kubefigurator.x') } }),
    ).toThrow('metadata.labels has 2001 keys of ours');
  });

  it('reads absent and null like the API server does', () => {
    const bare = normalizeService({
      metadata: { name: 'a', labels: null, creationTimestamp: null },
      spec: null,
    });
    expect(bare).toMatchObject({ namespace: 'default', type: 'ClusterIP', createdAt: undefined, ports: [] });
  });

  it.each([
    [{ metadata: {} }, 'metadata.name is missing'],
    [
      { metadata: { name: 'a', labels: { 'x.y/z': true } } },
      'metadata.labels["x.y/z"] must be a string: put true in quotes',
    ],
    [
      { metadata: { name: 'a' }, spec: { ports: [{ port: '80' }] } },
      'spec.ports[0].port must be a number from 1 to 65535, not "80"',
    ],
    [
      { metadata: { name: 'a' }, spec: { ports: [{ port: 80, nodePort: 70000 }] } },
      'spec.ports[0].nodePort must be',
    ],
    [{ metadata: { name: 'a' }, spec: { ports: {} } }, 'spec.ports must be a list'],
    [{ metadata: [] }, 'metadata must be a mapping'],
    [
      { metadata: { name: 'a', creationTimestamp: 'yesterday' } },
      'metadata.creationTimestamp must be a time',
    ],
  ])('refuses %j', (object, message) => {
    expect(() => normalizeService(object)).toThrow(message);
  });
});

describe('normalizeNode', () => {
  const node = {
    metadata: { name: 'worker-a', labels: { zone: 'a' }, resourceVersion: '7' },
    spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] },
    status: {
      addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
      conditions: [{ type: 'Ready', lastHeartbeatTime: '2026-01-31T12:00:00Z' }],
    },
  };

  it('keeps addresses, labels, taints and the deletion', () => {
    expect(
      normalizeNode({ ...node, metadata: { ...node.metadata, deletionTimestamp: '2026-01-31T12:00:00Z' } }),
    ).toEqual({
      name: 'worker-a',
      labels: new Map([['zone', 'a']]),
      addresses: [{ type: 'InternalIP', address: '10.1.0.11' }],
      taints: ['dedicated'],
      deleting: true,
    });
  });

  it('is the same record after a heartbeat', () => {
    const later = {
      ...node,
      metadata: { ...node.metadata, resourceVersion: '8' },
      status: { ...node.status, conditions: [] },
    };
    expect(isDeepStrictEqual(normalizeNode(node), normalizeNode(later))).toBe(true);
  });
});
