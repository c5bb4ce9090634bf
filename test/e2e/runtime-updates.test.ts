import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Counters } from '../support/fleet/counters.ts';
import { anotherWorker, countersOf } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { serversOf } from '../support/fleet/servers-state.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const question = { port: 8080, host: 'shop.example.com' };
const options = { hostname: 'shop.example.com', 'listen-port': '8080', 'use-ssl': 'false' };

onEachHaproxy(
  'a Node is added or removed: HAProxy is changed at run time, without a reload',
  (haproxyBinary) => {
    let fleet: Fleet;
    let manifests: string;
    const write = (name: string, object: unknown): void =>
      writeFileSync(join(manifests, `${name}.json`), JSON.stringify(object));
    const counters = async (): Promise<Counters[]> => {
      await Promise.all(fleet.hosts.map((host) => host.waitUntilReady()));
      return Promise.all(fleet.hosts.map(countersOf));
    };
    const servers = (host: string): Promise<string> => fleet.host(host).runtime('show servers state');
    const appliedAtRuntime = (after: number): Promise<unknown> =>
      Promise.all(
        fleet.hosts.map((host) =>
          waitForEvent(
            host.consumer(),
            ({ msg, method }) => msg === 'apply.applied' && method === 'runtime',
            {
              after,
            },
          ),
        ),
      );

    beforeAll(async () => {
      fleet = await startFleet({ haproxyBinary, nodes: ['worker-a', 'worker-b', 'worker-c'] });
      await fleet.nodes.listen(30001);
      manifests = join(fleet.folder, 'manifests');
      mkdirSync(manifests);
      const [a, b] = fleet.nodes.list();
      write('a', nodeManifest(a ?? { name: '', address: '' }));
      write('b', nodeManifest(b ?? { name: '', address: '' }));
      write('shop', serviceManifest({ name: 'shop', nodePort: 30001, options }));
      fleet.startProducer({ from: manifests });
      await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes: ['worker-a', 'worker-b'] });
    });
    afterAll(() => fleet.close());

    it('a new Node gets requests, and no worker is replaced', async () => {
      const before = await counters();
      const c = fleet.nodes.list()[2];
      write('c', nodeManifest(c ?? { name: '', address: '' }));
      await answersOnEveryHost(fleet, question, { nodePort: 30001, nodes: ['worker-c'] });
      await appliedAtRuntime(0);
      expect(await counters()).toEqual(before);
      for (const { name } of fleet.hosts) expect(await servers(name)).toMatch(/ worker-c \S+ 2 0 /);
    });

    it('a removed Node keeps its open connections and gets no new ones', async () => {
      const before = await counters();
      const [host] = fleet.hosts;
      const stream = connect(8080, host?.address ?? '');
      const heard: string[] = [];
      stream.on('data', (chunk) => heard.push(chunk.toString()));
      // Keep-alive requests until the node that will be removed answers one; the connection then stays with that node.
      const ask = (): boolean => stream.write('GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n');
      await waitFor('worker-c has a connection', () => {
        ask();
        return Promise.resolve(when(heard.join('').includes('worker-c'), heard.at(-1) ?? 'silence'));
      });
      rmSync(join(manifests, 'c.json'));
      await waitFor('worker-c takes no requests any more', async () =>
        when(!/ worker-c \S+ 2 0 /.test(await servers('lb-1')), await servers('lb-1')),
      );
      expect(await counters()).toEqual(before);
      heard.length = 0;
      ask();
      await waitFor('the open connection stays open', () =>
        Promise.resolve(when(heard.join('').includes('HTTP/1.1 200'), 'silence')),
      );
      stream.destroy();
      await waitFor(
        'worker-c is deleted',
        async () => when(!(await servers('lb-1')).includes(' worker-c '), 'still listed'),
        { limitMs: 20_000 },
      );
      expect(await counters()).toEqual(before);
    });

    it('the file agrees: a fresh start has the same servers', async () => {
      const host = fleet.host('lb-2');
      expect(host.dynamicConfig()).not.toContain('worker-c');
      const [running, before] = [await serversOf(host), await countersOf(host)];
      await host.master('reload').catch(() => '');
      await anotherWorker(host, before);
      expect(await serversOf(host)).toEqual(running);
    });
  },
);
