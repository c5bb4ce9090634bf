import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import type { ServingHaproxy } from '../support/haproxy/haproxy.ts';
import { createKubeCluster } from '../support/kube/cluster.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import { IDLE_PORTS, startIdleProxy } from './support/idle-proxy.ts';
import type { Link } from './support/link.ts';
import { startLink } from './support/link.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** What the producer watches; each is listed once when the producer starts. */
const COLLECTIONS = ['services', 'nodes'];
/** From a change in the API server to the text in etcd; without a fault it takes some ten milliseconds. */
const SOON_MS = 1_000;

describe('a proxy before the API server', () => {
  let scene: Scene;
  let server: ApiServer;
  let proxy: ServingHaproxy;
  let link: Link;
  let kubeconfig: string;
  let started = false;
  let before = 0;
  let services = 0;

  /** The producer's events since it was started the last time. */
  const events = (): LogEvent[] => logEvents(scene.producer()).slice(before);
  const interruptions = (collection: string): LogEvent[] =>
    events().filter(
      ({ msg, ...fields }) => msg === 'collection.interrupted' && fields['collection'] === collection,
    );

  /** Starts the producer anew, so that it reaches the API server through this port. */
  async function reachThrough(port: number): Promise<void> {
    if (started) {
      await scene.producer().stop();
      before = logEvents(scene.producer()).length;
    }
    started = true;
    const direct = readFileSync(server.producerKubeconfig, 'utf8');
    writeFileSync(kubeconfig, direct.replace(server.url, `https://${BRIDGE_ADDRESS}:${String(port)}`));
    scene.startProducer('-v');
    await scene.waitUntilInSync();
  }

  /** Creates another Service; the returned function waits until etcd has it. */
  async function addService(): Promise<() => Promise<void>> {
    services += 1;
    const hostname = `new-${String(services)}.example.com`;
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
    await scene.cluster.apply(
      serviceManifest({ name: `new-${String(services)}`, nodePort: 30_100 + services, options }),
    );
    return async () => {
      await waitFor(
        `etcd has ${hostname}`,
        async () =>
          when((await scene.fleet.etcd.get())?.includes(hostname) === true, scene.producer().tail(5)),
        { limitMs: SOON_MS },
      );
    };
  }

  function expectQuiet(): void {
    const listed = events().filter(({ msg }) => msg === 'collection.listed');
    expect(listed.map(({ collection }) => collection).sort()).toEqual([...COLLECTIONS].sort());
    expect(events().filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  }

  beforeAll(async () => {
    scene = await startScene({
      begin: false,
      cluster: async (fleet) => {
        server = await startApiServer(fleet);
        proxy = await startIdleProxy(fleet, server);
        link = await startLink(server.url);
        kubeconfig = join(fleet.folder, 'proxied.kubeconfig');
        return createKubeCluster(server);
      },
      source: () => ({ kubeconfig }),
    });
  });
  afterAll(async () => {
    await proxy.stop();
    await link.close();
    await server.close();
    await scene.close();
  });

  it.each([
    ['HAProxy in mode tcp', IDLE_PORTS.tcp, 'the connection was cut'],
    ['HAProxy with resets', IDLE_PORTS.reset, 'the connection was cut'],
    ['HAProxy in mode http', IDLE_PORTS.http, 'the connection was cut'],
    ['the API server after timeoutSeconds', IDLE_PORTS.limit, 'the server ended it'],
  ])('ends idle watches (%s): they go on without a list or a warning', async (_name, port, reason) => {
    await reachThrough(port);
    await scene.recoversFrom(async () => {
      for (const collection of COLLECTIONS) {
        await waitFor(
          `the watch of ${collection} is ended three times`,
          async () => {
            const { status } = await fetch('http://127.0.0.1:9640/readyz');
            expect(status).toBe(200);
            return when(interruptions(collection).length >= 3, scene.producer().tail(5));
          },
          { limitMs: 20_000, everyMs: 100 },
        );
        expect(interruptions(collection)[0]).toMatchObject({ reason });
      }
      await (
        await addService()
      )();
    });
    expectQuiet();
  });

  it('resets the watches while something changes: the change is published as soon as a new watch gets through', async () => {
    await reachThrough(link.port);
    await scene.recoversFrom(async () => {
      link.block();
      const isPublished = await addService();
      await waitFor('the watch is interrupted', () =>
        when(interruptions('services').length > 0, scene.producer().tail(5)),
      );
      link.mend();
      await isPublished();
    });
    expectQuiet();
  });
});
