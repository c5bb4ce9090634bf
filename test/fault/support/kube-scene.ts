import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKubeCluster } from '../../support/kube/cluster.ts';
import type { ApiServer } from '../../support/kube/kube.ts';
import { startApiServer } from '../../support/kube/kube.ts';
import type { ApiProxy } from './api-proxy.ts';
import { startApiProxy } from './api-proxy.ts';
import type { Scene } from './scene.ts';
import { startScene } from './scene.ts';

/** A scene whose Services live in a real API server, which the producer under test reaches through the proxy. */
export interface KubeScene extends Scene {
  readonly server: ApiServer;
  readonly proxy: ApiProxy;
  /** The kubeconfig of the producer under test. */
  readonly kubeconfig: string;
}

/** Starts the scene and waits until everything is in sync. */
export async function startKubeScene(producerFlags: readonly string[] = []): Promise<KubeScene> {
  let parts: Pick<KubeScene, 'server' | 'proxy' | 'kubeconfig'> | undefined;
  const present = (): Pick<KubeScene, 'server' | 'proxy' | 'kubeconfig'> => {
    if (parts === undefined) throw new Error('the API server must be started before the producer');
    return parts;
  };
  const scene = await startScene({
    producerFlags,
    cluster: async (fleet) => {
      const server = await startApiServer(fleet);
      const proxy = await startApiProxy(server, fleet.authority);
      const kubeconfig = join(fleet.folder, 'proxied.kubeconfig');
      const direct = readFileSync(server.producerKubeconfig, 'utf8');
      writeFileSync(kubeconfig, direct.replace(server.url, proxy.url), { mode: 0o600 });
      parts = { server, proxy, kubeconfig };
      return createKubeCluster(server);
    },
    source: () => ({ kubeconfig: present().kubeconfig }),
  });
  const { server, proxy } = present();
  return {
    ...scene,
    ...present(),
    close: async () => {
      await server.close();
      await scene.close();
      await proxy.close();
    },
  };
}
