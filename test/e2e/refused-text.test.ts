import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';

const NODES = ['worker-a', 'worker-b'];
const NODE_PORT = 30001;
/** As long as the agent has to ask HAProxy three times about a text of 1,300 Services, on a busy machine. */
const IN_TIME_MS = 25_000;

/** Services of a namespace, each with a bind of its own, on the ports from `first` on. */
function services(
  namespace: string,
  count: number,
  first: number,
  lines: readonly string[],
): readonly HandWritten[] {
  return Array.from({ length: count }, (_, index) => ({
    namespace,
    service: `${namespace}-${String(index)}`,
    bind: `*:${String(first + index)}`,
    nodePort: NODE_PORT,
    lines,
  }));
}

onEachHaproxy('a text that HAProxy refuses', (haproxyBinary) => {
  let fleet: Fleet;
  let load: Load;
  let changes = 0;
  const honest = (): readonly HandWritten[] =>
    ['shop', 'pay', 'mail'].map((service, index) => ({
      namespace: service,
      service,
      bind: `*:${String(8080 + index)}`,
      nodePort: NODE_PORT,
      // Servers are changed at run time only where the algorithm is known to allow that.
      lines: ['balance roundrobin', `retries ${String(3 + changes)}`],
    }));
  const publish = (text: string): Promise<unknown> => fleet.etcd.put(text);
  const textOf = (others: readonly HandWritten[]): string =>
    handWrittenText(fleet.nodes.list(), [...honest(), ...others]);
  const newest = (host: Fleet['hosts'][number]): LogEvent | undefined =>
    logEvents(host.consumer()).findLast(({ msg }) => msg.startsWith('apply.'));

  /** Publishes a change of the honest Services beside others, and waits until each host runs it. */
  async function honestChange(others: readonly HandWritten[], limitMs = IN_TIME_MS): Promise<void> {
    changes += 1;
    const before = fleet.hosts.map((host) => logEvents(host.consumer()).length);
    await publish(textOf(others));
    for (const [index, host] of fleet.hosts.entries()) {
      const isAbout = ({ msg }: LogEvent): boolean => /^apply\.(?:applied|rejected|failed)$/.test(msg);
      const event = await waitForEvent(host.consumer(), isAbout, { limitMs, after: before[index] ?? 0 });
      expect(event).toMatchObject({ msg: 'apply.applied' });
      expect(host.dynamicConfig()).toContain(`retries ${String(3 + changes)}\n`);
    }
    for (const port of [8080, 8081, 8082])
      await answersOnEveryHost(
        fleet,
        { port, host: 'any.example.com' },
        { nodePort: NODE_PORT, nodes: NODES },
      );
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(NODE_PORT);
    const flags = ['--reload-burst=100', '--reload-interval=100ms', '--check-memory=300'];
    for (const host of fleet.hosts) host.startConsumer(...flags);
    await honestChange([]);
    const targets = fleet.hosts.flatMap(({ address }) =>
      [8080, 8081, 8082].map((port) => ({ address, port, host: 'any.example.com', nodePort: NODE_PORT })),
    );
    load = await startLoad({ targets, perSecond: 60, limitMs: 5_000 }, fleet.logs);
  });
  afterAll(() => fleet.close());

  it('since 1,300 Services have a bad line each, of which HAProxy names 50 at a time: the others are served', async () => {
    const evil = services('evil', 1300, 10_000, ['balance nonsense']);
    await honestChange(evil);
    for (const host of fleet.hosts) expect(host.dynamicConfig()).not.toContain('evil');
    await honestChange(evil);
    await honestChange([]);
  });

  it('since 40 Services that run get a bad line each: the others are served', async () => {
    await honestChange(services('evil', 40, 10_000, []));
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toContain('evil-39');
    await honestChange(services('evil', 40, 10_000, ['balance nonsense']));
    for (const host of fleet.hosts) expect(host.dynamicConfig()).not.toContain('evil');
    await honestChange([]);
  });

  it('and names nobody: the Service is found, and its neighbours in its namespace are served', async () => {
    const good = services('evil', 6, 10_000, []);
    // Together they need more memory than the check may take.
    const greedy = Array.from({ length: 80 }, (_, index) => ({
      namespace: 'evil',
      service: 'greedy',
      port: `p${String(index)}`,
      bind: `*:${String(11_000 + index)}`,
      nodePort: NODE_PORT,
      lines: [`server-template many 1000 10.99.1.1:${String(NODE_PORT)}`],
    }));
    await honestChange([...good, ...greedy], 30_000);
    for (const host of fleet.hosts) {
      expect(host.dynamicConfig()).not.toContain('greedy');
      expect(host.dynamicConfig()).toContain('evil-5');
      const leftOut = newest(host)?.['leftOut'] as readonly { readonly sources: readonly unknown[] }[];
      expect(leftOut).toHaveLength(1);
      expect(leftOut[0]?.sources[0]).toMatchObject({ namespace: 'evil', service: 'greedy' });
      expect(logEvents(host.consumer()).map(({ msg }) => msg)).not.toContain('apply.rejected');
    }
    await honestChange([]);
  });

  it('as a whole: what runs gets the servers of the text all the same', async () => {
    changes += 1;
    const moved = honest().map((service, index) => ({
      ...service,
      bind: index === 2 ? service.bind : `192.0.2.1:${String(8080 + index)}`,
      lines: ['balance roundrobin', `retries ${String(3 + changes - 1)}`],
    }));
    const [, ...rest] = fleet.nodes.list();
    await publish(handWrittenText(rest, moved));
    for (const host of fleet.hosts) {
      const event = await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.rejected');
      expect(event).toMatchObject({ stage: 'probe', serversChanged: true });
      expect(event['summary']).toMatch(/2 of 3 ports served now, of 2 of 3 namespaces, would be lost/);
    }
    for (const port of [8080, 8081, 8082])
      await answersOnEveryHost(
        fleet,
        { port, host: 'any.example.com' },
        { nodePort: NODE_PORT, nodes: ['worker-b'] },
      );
    for (const host of fleet.hosts) expect(host.dynamicConfig()).not.toContain('worker-a');
    changes -= 1;
    await honestChange([]);
  });

  it('and no request of the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(100);
  });
});
