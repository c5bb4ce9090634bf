import { mkdtempSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { Fleet } from '../fleet/fleet.ts';
import { startFleet } from '../fleet/fleet.ts';
import { BRIDGE_ADDRESS } from '../sandbox/network.ts';
import type { KubeconfigCase, Tried } from './kubeconfig-case.ts';
import { tryWithBoth } from './kubeconfig-case.ts';
import type { ApiServer } from './kube.ts';
import { startApiServer } from './kube.ts';
import { nodeManifest } from './manifests.ts';

export const EXEC_V1 = 'client.authentication.k8s.io/v1';

/**
 * A real API server, and kubectl as the judge of the producer: a kubeconfig that works with kubectl has to work with
 * the producer.
 */
export interface KubeconfigJudge {
  readonly fleet: Fleet;
  readonly server: ApiServer;
  /** The token of an administrator. */
  readonly token: string;
  /** A kubeconfig with one cluster `c`, one user `u` and one context `x`; `name` is added to all three names. */
  config(user: object, cluster?: object, name?: string): object;
  /** A kubeconfig of an administrator, which works unless `cluster` changes that. */
  good(cluster?: object, name?: string): object;
  /** The files of a kubeconfig whose exec plugin runs these shell commands; `more` are further fields of `exec`. */
  exec(script: string, more?: object): KubeconfigCase['files'];
  /**
   * A shell command for such a plugin, which prints a credential with this `status`; by default the administrator's
   * token.
   */
  credential(status?: object): string;
  tried(one: KubeconfigCase): Promise<Tried>;
  /** Fails the test unless both list the nodes, and the producer logs no warning. */
  worksWithBoth(one: KubeconfigCase): Promise<void>;
  /**
   * Fails the test unless both fail, and the producer says why in one line that matches `told` and holds no secret:
   * not the token, and no text with `SECRET`.
   */
  failsWithBoth(one: KubeconfigCase, told: RegExp): Promise<void>;
  /** Starts a server that is no API server, with a certificate that the kubeconfig trusts; returns its URL. */
  startFake(listener: RequestListener): Promise<string>;
  close(): Promise<void>;
}

export async function startKubeconfigJudge(): Promise<KubeconfigJudge> {
  const fleet = await startFleet({ hosts: [], haproxy: false, consumers: false });
  const server = await startApiServer(fleet);
  for (const node of fleet.nodes.list()) await server.client.create(nodeManifest(node));
  const admin = parse(readFileSync(server.adminKubeconfig, 'utf8')) as {
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  const token = admin.users[0]?.user.token ?? '';
  const closeFakes: (() => Promise<void>)[] = [];
  const config: KubeconfigJudge['config'] = (user, cluster = {}, name = '') => ({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: `c${name}`,
        cluster: { server: server.url, 'certificate-authority': fleet.authority.caFile, ...cluster },
      },
    ],
    users: [{ name: `u${name}`, user }],
    contexts: [{ name: `x${name}`, context: { cluster: `c${name}`, user: `u${name}` } }],
    'current-context': `x${name}`,
  });
  const tried: KubeconfigJudge['tried'] = (one) => tryWithBoth(mkdtempSync(join(fleet.folder, 'case-')), one);
  return {
    fleet,
    server,
    token,
    config,
    tried,
    good: (cluster, name) => config({ token }, cluster, name),
    exec: (script, more) => ({
      config: config({
        exec: { apiVersion: EXEC_V1, command: './plugin', interactiveMode: 'IfAvailable', ...more },
      }),
      plugin: `#!/bin/sh\n${script}\n`,
    }),
    credential: (status = { token }) =>
      `echo '${JSON.stringify({ apiVersion: EXEC_V1, kind: 'ExecCredential', status })}'`,
    worksWithBoth: async (one) => {
      const { kubectl, producer } = await tried(one);
      expect(kubectl, 'kubectl').toMatchObject({ code: 0 });
      expect(kubectl.stdout).toContain('node/worker-a');
      expect(producer, 'the producer').toMatchObject({ code: 0 });
      // No line of a level other than info.
      expect(producer.stderr).not.toMatch(/"level":"(?!info)/);
    },
    failsWithBoth: async (one, told) => {
      const { kubectl, producer } = await tried(one);
      expect(kubectl.code, `kubectl: ${kubectl.stdout}`).not.toBe(0);
      expect(producer).toMatchObject({ code: 1, stdout: '' });
      expect(producer.stderr).toMatch(told);
      expect(producer.stderr.trimEnd()).not.toContain('\n');
      expect(producer.stderr).not.toMatch(/SECRET/);
      expect(producer.stderr).not.toContain(token);
    },
    startFake: async (listener) => {
      const fake = createServer(await fleet.authority.issue([BRIDGE_ADDRESS]), listener);
      await new Promise<void>((resolve) => fake.listen(0, BRIDGE_ADDRESS, resolve));
      closeFakes.push(
        () =>
          new Promise((resolve) => {
            fake.close(() => resolve());
            fake.closeAllConnections();
          }),
      );
      return `https://${BRIDGE_ADDRESS}:${String((fake.address() as AddressInfo).port)}`;
    },
    close: async () => {
      for (const close of closeFakes) await close();
      await server.close();
      await fleet.close();
    },
  };
}
