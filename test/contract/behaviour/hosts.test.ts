import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HaproxyVersion } from '../../support/haproxy/haproxy.ts';
import { eachHaproxy } from '../../support/haproxy/haproxy.ts';
import { askFor, askOverHttp2, askWith } from './raw-client.ts';
import type { ServiceSpec, Stage } from './stage.ts';
import { createStage, WORKER_A, WORKER_B } from './stage.ts';

const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
const service = (name: string, nodePort: number, hostname?: string): ServiceSpec => ({
  ...{ name, nodePort },
  options: { ...PLAIN, ...(hostname !== undefined && { hostname }) },
});
/** The wildcards are older than the exact names, which must still win. */
const SERVICES = [
  service('wide', 30_001, '*.example.com'),
  service('narrow', 30_002, '*.a.example.com'),
  service('exact', 30_003, 'shop.example.com,Store.Example.com, CLUSTER.example.com'),
  service('address', 30_004, '192.0.2.7'),
  service('inner', 30_005, 'x.y.a.example.com'),
];
const OTHERS = service('others', 30_009);
const NAMES = new Map([...SERVICES, OTHERS].map(({ name, nodePort }) => [nodePort, name]));

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.certificate('shop.example.com.pem', 'shop.example.com');
});
beforeEach(async () => {
  for (const nodePort of NAMES.keys()) {
    for (const address of [WORKER_A, WORKER_B])
      await stage.servers.listen({ address, nodePort, speaks: 'http' });
  }
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

async function servedBy(...lines: readonly string[]): Promise<string> {
  const { status, reached } = await askWith({ port: 80 }, ...lines);
  return reached === undefined ? String(status) : (NAMES.get(reached.nodePort) ?? '');
}

async function expectRouting(
  haproxy: HaproxyVersion,
  services: readonly ServiceSpec[],
  routing: readonly (readonly [string, string])[],
): Promise<void> {
  await stage.serve(haproxy, services, { cluster: 'nyc1' });
  const found: (readonly [string, string])[] = [];
  for (const [host] of routing) found.push([host, await servedBy(`Host: ${host}`)]);
  expect(found).toEqual(routing);
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it('routes by the Host, in any letter case, with or without a port', () =>
    expectRouting(
      haproxy,
      [...SERVICES, OTHERS],
      [
        ['shop.example.com', 'exact'],
        ['SHOP.Example.COM', 'exact'],
        ['shop.example.com:80', 'exact'],
        ['Shop.Example.com:65000', 'exact'],
        ['shop.example.com.', 'exact'],
        ['SHOP.Example.com.', 'exact'],
        ['shop.example.com.:80', 'exact'],
        ['nyc1.example.com.', 'exact'],
        ['192.0.2.7.', 'address'],
        ['  shop.example.com:443  ', 'exact'],
        ['store.example.com', 'exact'],
        ['nyc1.example.com', 'exact'],
        ['192.0.2.7', 'address'],
        ['192.0.2.7:80', 'address'],
      ],
    ));

  it('matches a wildcard with one or more labels: exact names first, then the longest wildcard', () =>
    expectRouting(
      haproxy,
      [...SERVICES, OTHERS],
      [
        ['other.example.com', 'wide'],
        ['b.c.d.example.com', 'wide'],
        ['a.example.com', 'wide'],
        ['OTHER.example.com:80', 'wide'],
        ['other.example.com.', 'wide'],
        ['Other.example.com.:8443', 'wide'],
        ['x.a.example.com', 'narrow'],
        ['x.a.example.com.:80', 'narrow'],
        ['x.y.a.example.com.', 'inner'],
        ['example.com.', 'others'],
        ['z.y.a.example.com', 'narrow'],
        ['x.y.a.example.com', 'inner'],
        ['example.com', 'others'],
        ['myexample.com', 'others'],
        ['shop.example.com.evil.org', 'others'],
        ['xshop.example.com', 'wide'],
      ],
    ));

  it('routes everything else to the catch-all, also IPv6 literals and requests without a Host', async () => {
    await expectRouting(
      haproxy,
      [...SERVICES, OTHERS],
      [
        ['nobody.org', 'others'],
        ['[2001:db8::1]', 'others'],
        ['[2001:db8::1]:80', 'others'],
        ['[::ffff:192.0.2.7]:80', 'others'],
        ['192.0.2.70', 'others'],
      ],
    );
    expect(await servedBy('X-Nothing: here')).toBe('others');
    expect(await servedBy('Host:')).toBe('others');
  });

  it('answers 503 for an unknown host if there is no catch-all', () =>
    expectRouting(haproxy, SERVICES, [
      ['nobody.org', '503'],
      ['[2001:db8::1]:80', '503'],
      ['shop.example.com', 'exact'],
    ]));

  it('routes an HTTP/2 request, and sends X-Forwarded-Proto: https to the servers', async () => {
    const shop = {
      ...service('exact', 30_003, 'shop.example.com'),
      options: { hostname: 'shop.example.com', 'backends-use-ssl': 'false' },
    };
    await stage.serve(haproxy, [shop]);
    const target = { port: 443, sni: 'shop.example.com' };
    expect(await askOverHttp2(target, 'SHOP.example.com:443')).toMatchObject({
      nodePort: 30_003,
      proto: 'https',
    });
    expect(await askOverHttp2(target, 'shop.example.com.')).toMatchObject({ nodePort: 30_003 });
    const forged = await askWith(
      target,
      'Host: shop.example.com',
      'X-Forwarded-Proto: http',
      'x-forwarded-proto: ftp',
    );
    expect(forged.reached).toMatchObject({ nodePort: 30_003, proto: 'https' });
  });

  it('sends no X-Forwarded-Proto over plain http', async () => {
    await stage.serve(haproxy, SERVICES, { cluster: 'nyc1' });
    expect((await askFor({ port: 80 }, 'shop.example.com')).reached?.proto).toBeUndefined();
  });

  it('uses every node', async () => {
    await stage.serve(haproxy, SERVICES, { cluster: 'nyc1' });
    const nodes = new Set<string | undefined>();
    for (let request = 0; request < 4; request += 1) {
      nodes.add((await askFor({ port: 80 }, 'shop.example.com')).reached?.node);
    }
    expect([...nodes].sort()).toEqual([WORKER_A, WORKER_B]);
  });
});
