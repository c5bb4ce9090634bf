import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BRIDGE_ADDRESS } from '../support/sandbox/network.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

const KUBE_ETCD = `http://${BRIDGE_ADDRESS}:2479`;
const SERVICES = 5000;
const PER_TRANSACTION = 100;

/** A list has several pages, and Services change between two of them. */
describe('5,000 Services', () => {
  let scene: KubeScene;
  const temporary = serviceManifest({
    name: 'aaa-temporary',
    nodePort: 30004,
    options: { 'listen-port': '80', 'use-ssl': 'false', hostname: 'temporary.example.com' },
  });

  beforeAll(async () => {
    scene = await startKubeScene();
    await addServices();
  });
  afterAll(() => scene.close());

  it('are read in pages while one is changed and one deleted between two pages', async () => {
    await scene.cluster.apply(temporary);
    await scene.recoversFrom(async () => {
      const requests = scene.proxy.requests().length;
      let between = 0;
      scene.proxy.before(/services\?.*continue=/, async () => {
        await scene.cluster.delete(temporary);
        await scene.change();
        between += 1;
      });
      scene.producer().signal('SIGHUP');
      await waitFor('the second page is requested', () => when(between === 1, String(between)));
      await scene.serves(scene.fleet.hosts);
      const pages = scene.proxy.requests().slice(requests);
      expect(pages.filter(({ what }) => /services\?.*continue=/.test(what)).length).toBe(SERVICES / 500);
    });
    expect(await scene.fleet.etcd.get()).not.toContain('temporary');
  });

  it('are read again in one piece if the list’s version expires between two pages (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      scene.proxy.before(/services\?.*continue=/, async () => {
        await scene.change();
        return { status: 410 };
      });
      scene.producer().signal('SIGHUP');
      const isWhole = ({ what }: { readonly what: string }): boolean => what.includes('services?limit=0');
      await waitFor('the list is read in one piece', () =>
        when(scene.proxy.requests().some(isWhole), 'not yet'),
      );
    });
  });
});

/** Writes Services without our label straight into the API server's etcd, which is much faster than creating them. */
async function addServices(): Promise<void> {
  for (let first = 0; first < SERVICES; first += PER_TRANSACTION) {
    const success = Array.from({ length: PER_TRANSACTION }, (_, index) => {
      const name = `other-${String(first + index).padStart(4, '0')}`;
      const key = `/registry/services/specs/default/${name}`;
      return { request_put: { key: btoa(key), value: btoa(JSON.stringify(headless(name))) } };
    });
    const response = await fetch(`${KUBE_ETCD}/v3/kv/txn`, {
      method: 'POST',
      body: JSON.stringify({ success }),
    });
    if (!response.ok) throw new Error(await response.text());
  }
}

function headless(name: string): object {
  const metadata = {
    name,
    namespace: 'default',
    uid: crypto.randomUUID(),
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  const port = { name: 'web', port: 80, protocol: 'TCP', targetPort: 8080 };
  const addresses = {
    clusterIP: 'None',
    clusterIPs: ['None'],
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  };
  const spec = {
    ...addresses,
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ports: [port],
    selector: { app: name },
  };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec, status: { loadBalancer: {} } };
}
