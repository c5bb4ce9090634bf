import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';

const question = { port: 8080, host: 'shop.example.com' };
const options = { hostname: 'shop.example.com', 'listen-port': '8080', 'use-ssl': 'false' };
const nodes = ['worker-a', 'worker-b'];

/** What guides for "seamless reloads" recommend, and a path that HAProxy answers itself. */
const ownFiles = (state: string): string => `
global
  server-state-file ${state}
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  load-server-state-from-file global
  monitor-uri /up
`;

onEachHaproxy('the host’s own files load server states', (haproxyBinary) => {
  const state = join(mkdtempSync(join(tmpdir(), 'kubefigurator-state-')), 'servers.state');
  let fleet: Fleet;
  let manifests: string;
  const write = (name: string, object: unknown): void =>
    writeFileSync(join(manifests, `${name}.json`), JSON.stringify(object));

  beforeAll(async () => {
    writeFileSync(state, '');
    fleet = await startFleet({ haproxyBinary, baseConfig: ownFiles(state) });
    for (const port of [30001, 30002]) await fleet.nodes.listen(port);
    manifests = join(fleet.folder, 'manifests');
    mkdirSync(manifests);
    for (const node of fleet.nodes.list()) write(node.name, nodeManifest(node));
    write('shop', serviceManifest({ name: 'shop', nodePort: 30001, options }));
    fleet.startProducer({ from: manifests });
    await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes });
  });
  afterAll(() => fleet.close());

  it('a path that HAProxy answers itself is logged, with file and line', async () => {
    const consumer = fleet.host('lb-1').consumer();
    await waitForEvent(consumer, ({ msg }) => msg === 'base-config.contradicted');
    const event = logEvents(consumer).find(({ msg }) => msg === 'base-config.contradicted');
    expect(String(event?.['what'])).toMatch(/\.cfg:\d+: "monitor-uri": HAProxy answers this path/);
  });

  it('a new node port is used after a reload', async () => {
    writeFileSync(state, await fleet.host('lb-1').runtime('show servers state'));
    const cart = { ...options, hostname: 'cart.example.com' };
    write('cart', serviceManifest({ name: 'cart', nodePort: 30001, options: cart }));
    write('shop', serviceManifest({ name: 'shop', nodePort: 30002, options }));
    await answersOnEveryHost(fleet, { ...question, host: cart.hostname }, { nodePort: 30001, nodes });
    await answersOnEveryHost(fleet, question, { nodePort: 30002, nodes });
  });

  it('servers are changed at run time all the same', async () => {
    const host = fleet.host('lb-1');
    await host.waitUntilReady();
    const after = logEvents(host.consumer()).length;
    write('shop', serviceManifest({ name: 'shop', nodePort: 30001, options }));
    const isRuntime = ({ msg, method }: { readonly msg?: unknown; readonly method?: unknown }): boolean =>
      msg === 'apply.applied' && method === 'runtime';
    await waitForEvent(host.consumer(), isRuntime, { after });
    await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes });
  });

  it('diff finds nothing to do', async () => {
    const { code, stdout } = await fleet.host('lb-1').runConsumer('diff');
    expect([code, stdout]).toEqual([0, '']);
  });

  it('the node port is the right one after a restart of HAProxy', async () => {
    const old = await fleet.host('lb-1').runtime('show servers state');
    writeFileSync(state, old.replaceAll('30001', '30002'));
    for (const host of fleet.hosts) {
      await host.stopHaproxy();
      await host.startHaproxy();
    }
    await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes });
  });
});
