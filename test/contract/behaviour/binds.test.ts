import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eachHaproxy } from '../../support/haproxy/haproxy.ts';
import { askFor, exchange } from './raw-client.ts';
import type { ServiceSpec, Stage } from './stage.ts';
import { createStage, WORKER_A, WORKER_B } from './stage.ts';

const NAMES = Array.from({ length: 300 }, (_, index) => `name-${String(index)}.example.com`);
const service = (
  name: string,
  nodePort: number,
  options: Readonly<Record<string, string>> = {},
): ServiceSpec => ({
  ...{ name, nodePort },
  options: { 'use-ssl': 'false', 'listen-port': '80', ...options },
});

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

async function listen(...services: readonly ServiceSpec[]): Promise<void> {
  for (const { nodePort } of services) {
    for (const address of [WORKER_A, WORKER_B])
      await stage.servers.listen({ address, nodePort, speaks: 'http' });
  }
}

async function nodePortAt(address: string, port = 80, host = 'any.example.com'): Promise<number | string> {
  const { status, text, reached } = await askFor({ address, port }, host);
  return reached?.nodePort ?? (status === 0 ? (/ECONNREFUSED/.exec(text)?.[0] ?? text) : String(status));
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it('gives connections to an address to the bind on that address, if it is older than the bind on all', async () => {
    const all = service('all', 30_001);
    const one = service('one', 30_002, { 'listen-ip': '127.0.0.2' });
    await listen(all, one);
    await stage.serve(haproxy, [one, all]);
    expect([await nodePortAt('127.0.0.1'), await nodePortAt('127.0.0.2')]).toEqual([30_001, 30_002]);
  });

  it('separates IPv4 and IPv6: * binds only IPv4, :: only IPv6', async () => {
    const four = service('four', 30_001, { 'listen-port': '8080' });
    const six = service('six', 30_002, { 'listen-port': '8080', 'listen-ip': '::' });
    const sixOnly = service('six-only', 30_003, { 'listen-port': '8081', 'listen-ip': '::' });
    await listen(four, six, sixOnly);
    await stage.serve(haproxy, [four, six, sixOnly]);
    expect([await nodePortAt('127.0.0.1', 8080), await nodePortAt('::1', 8080)]).toEqual([30_001, 30_002]);
    expect([await nodePortAt('127.0.0.1', 8081), await nodePortAt('::1', 8081)]).toEqual([
      'ECONNREFUSED',
      30_003,
    ]);
  });

  it('serves every address of a list, an IPv6 address in any spelling', async () => {
    const listed = service('listed', 30_001, { 'listen-ip': '127.0.0.1, 127.0.0.3,0:0::0001' });
    await listen(listed);
    await stage.serve(haproxy, [listed]);
    const found = [await nodePortAt('127.0.0.1'), await nodePortAt('127.0.0.3'), await nodePortAt('::1')];
    expect([...found, await nodePortAt('127.0.0.2')]).toEqual([30_001, 30_001, 30_001, 'ECONNREFUSED']);
  });

  it('reaches the nodes at addresses of the first IP family of the Service', async () => {
    const six = { ...service('six', 30_001), ipFamilies: ['IPv6', 'IPv4'] as const };
    await stage.servers.listen({ address: '::1', nodePort: 30_001, speaks: 'http' });
    await stage.serve(haproxy, [six]);
    expect((await askFor({ port: 80 }, 'any.example.com')).reached?.node).toBe('::1');
  });

  it('routes each of 300 names of one Service', async () => {
    const many = service('many', 30_001, { hostname: NAMES.join(',') });
    const others = service('others', 30_002);
    await listen(many, others);
    await stage.serve(haproxy, [many, others]);
    const found = new Set<number | string>();
    for (const name of NAMES) found.add(await nodePortAt('127.0.0.1', 80, name.toUpperCase()));
    expect([...found]).toEqual([30_001]);
    expect(await nodePortAt('127.0.0.1', 80, 'name-300.example.com')).toBe(30_002);
  });

  it('routes 200 Services on one bind', async () => {
    const services = NAMES.slice(0, 200).map((hostname, index) =>
      service(`s${String(index)}`, 30_000 + index, { hostname }),
    );
    await listen(...services);
    await stage.serve(haproxy, services);
    const found: (number | string)[] = [];
    for (const { options } of services) found.push(await nodePortAt('127.0.0.1', 80, options['hostname']));
    expect(found).toEqual(services.map(({ nodePort }) => nodePort));
  });

  it('serves http and tcp side by side on their own ports', async () => {
    const web = service('web', 30_001);
    const db = service('db', 30_002, { 'haproxy-mode': 'tcp', 'listen-port': '5432' });
    await listen(web);
    await stage.servers.listen({ address: WORKER_A, nodePort: 30_002, speaks: 'tcp' });
    await stage.serve(haproxy, [web, db]);
    expect(await nodePortAt('127.0.0.1')).toBe(30_001);
    expect(await exchange({ port: 5432 }, 'hi')).toBe(`${WORKER_A} 30002\nhi`);
  });
});
