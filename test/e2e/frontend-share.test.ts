import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { ask } from '../support/fleet/request.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { startLoad } from '../support/measuring/load.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const NODES = ['worker-a', 'worker-b'];
/** HAProxy's own limit on these hosts. */
const LIMIT = 200;
const [SHOP, EVIL] = [30001, 30002] as const;
const SHOP_BIND = { port: 80, host: 'shop.example.com' };

onEachHaproxy('no bind takes all connections of a host', (haproxyBinary) => {
  let fleet: Fleet;

  const limitsOf = async (host: LoadBalancerHost): Promise<Record<string, number>> => {
    const [heading = '', ...rows] = (await host.runtime('show stat -1 1 -1')).trim().split('\n');
    const at = heading.replace('# ', '').split(',').indexOf('slim');
    return Object.fromEntries(
      rows.map((row) => row.split(',')).map((row) => [row[0] ?? '', Number(row[at])]),
    );
  };
  const limited = (host: LoadBalancerHost, limit: number): Promise<unknown> =>
    waitFor(`each frontend of ${host.name} has ${limit} connections`, async () => {
      const limits = await limitsOf(host);
      return when(
        Object.values(limits).every((each) => each === limit),
        JSON.stringify(limits),
      );
    });
  const textOf = (...binds: readonly string[]): string =>
    handWrittenText(fleet.nodes.list(), [
      { service: 'shop', bind: '*:80', nodePort: SHOP },
      ...binds.map((bind, index) => ({ service: `evil-${index}`, bind, nodePort: EVIL })),
    ]);

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, haproxy: false, consumers: false });
    for (const host of fleet.hosts) {
      const base = readFileSync(host.baseConfig, 'utf8').replace(/maxconn \d+/, `maxconn ${LIMIT}`);
      writeFileSync(host.baseConfig, base);
      await host.startHaproxy();
      host.startConsumer();
    }
    await fleet.nodes.listen(SHOP, EVIL);
    await fleet.etcd.put(textOf('*:8080'));
    await answersOnEveryHost(fleet, SHOP_BIND, { nodePort: SHOP, nodes: NODES });
  });
  afterAll(() => fleet.close());

  it('a frontend may have nine tenths of them, after a reload and after a restart of HAProxy too', async () => {
    for (const host of fleet.hosts) await limited(host, 180);
    await fleet.etcd.put(textOf('*:8080', '*:8081'));
    await waitFor('the third bind', async () => {
      const { error } = await ask({ address: fleet.host('lb-1').address, port: 8081, host: 'x' });
      return when(error === undefined, String(error));
    });
    for (const host of fleet.hosts) await limited(host, 180);
    await fleet.host('lb-1').stopHaproxy();
    await fleet.host('lb-1').startHaproxy();
    await limited(fleet.host('lb-1'), 180);
  });

  it('whoever fills one bind leaves the others served, under load', async () => {
    const targets = fleet.hosts.map(({ address }) => ({ address, ...SHOP_BIND, nodePort: SHOP }));
    const load = await startLoad({ targets, perSecond: 50, limitMs: 5_000 }, fleet.logs);
    const sockets: Socket[] = fleet.hosts.flatMap(({ address }) =>
      Array.from({ length: LIMIT + 50 }, () =>
        connect({ host: address, port: 8080 }).on('error', () => undefined),
      ),
    );
    for (const host of fleet.hosts) {
      await waitFor(`the bind of ${host.name} is full`, async () => {
        const info = await host.runtime('show info');
        return when(Number(/^CurrConns: (\d+)/m.exec(info)?.[1]) >= 180, info);
      });
    }
    for (let count = 0; count < 100; count += 1)
      await answersOnEveryHost(fleet, SHOP_BIND, { nodePort: SHOP, nodes: NODES });
    const { failed, failures, sent } = await load.stop();
    for (const socket of sockets) socket.destroy();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(10);
  });

  it('--frontend-share 100 leaves each frontend what HAProxy gives it, and 50 gives it half', async () => {
    const host = fleet.host('lb-2');
    await host.stopConsumer();
    await host.stopHaproxy();
    await host.startHaproxy();
    host.startConsumer('--frontend-share=100');
    await host.waitUntilReady();
    expect(new Set(Object.values(await limitsOf(host)))).toEqual(new Set([LIMIT]));
    await host.stopConsumer();
    host.startConsumer('--frontend-share=50');
    await limited(host, 100);
  });
});
