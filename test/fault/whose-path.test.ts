import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { etcdKeyAt } from '@kubefigurator/config-model';
import { DEFAULT_ETCD_PATH } from '@kubefigurator/config-model';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { runCommand, startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

const OURS = '--cluster=nyc1';
const OTHER_METRICS = '127.0.0.1:9641';

/** A path in etcd belongs to one cluster, and a producer of another one changes nothing there. */
describe('a path of another cluster', () => {
  let scene: KubeScene;
  /** Manifests of the other cluster. */
  let folder: string;
  const text = async (): Promise<string> => (await scene.fleet.etcd.get()) ?? '';
  /** Runs a command of the producer that needs etcd only. */
  const run = (...command: readonly string[]): Promise<CommandResult> =>
    runCommand([
      ...[process.execPath, bundlePath('producer'), ...command],
      `--etcd-host=${scene.fleet.etcd.url}`,
    ]);
  const ready = async (address: string): Promise<string> => {
    const response = await fetch(`http://${address}/readyz`);
    return `${String(response.status)} ${await response.text()}`;
  };
  const startOther = (): RunningProcess =>
    startProcess({
      name: 'other-producer',
      command: [
        ...[process.execPath, bundlePath('producer'), 'watch', `--from=${folder}`, '--cluster=nyc2'],
        ...[`--etcd-host=${scene.fleet.etcd.url}`, '--log-format=json', `--metrics-address=${OTHER_METRICS}`],
      ],
      logs: scene.fleet.logs,
    });

  beforeAll(async () => {
    scene = await startKubeScene([OURS]);
    folder = join(scene.fleet.folder, 'other-cluster');
    const other = createManifestFolder(folder);
    for (const node of scene.fleet.nodes.list()) await other.apply(nodeManifest(node));
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname: 'other.example.com' };
    await other.apply(serviceManifest({ name: 'other', nodePort: 31_000, options }));
  });
  afterAll(() => scene.close());

  it('gets no text from a producer of another cluster, which names both', async () => {
    const before = await text();
    expect(
      JSON.parse((await scene.fleet.etcd.get(etcdKeyAt(DEFAULT_ETCD_PATH, 'owner'))) ?? ''),
    ).toMatchObject({
      cluster: 'nyc1',
      uid: expect.any(String) as string,
    });
    await scene.recoversFrom(async () => {
      const both = /belongs to cluster "nyc1" \(uid [-0-9a-f]+\), and this producer publishes cluster "nyc2"/;
      const { code, stderr } = await run('apply', `--from=${folder}`, '--cluster=nyc2', '--force');
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(both) as string });
      const other = startOther();
      await waitForEvent(other, ({ msg }) => msg === 'path.refused');
      expect(await ready(OTHER_METRICS)).toMatch(both);
      const metrics = await (await fetch(`http://${OTHER_METRICS}/metrics`)).text();
      expect(metrics).toMatch(/publications_total\{result="refused"\} [1-9]/);
      expect(metrics).toContain('passes_total{result="failed"} 0');
      expect(await text()).toBe(before);
      await other.kill();
    });
  });

  it('gets no text without a name for the cluster of the manifests', async () => {
    const { code, stderr } = await run('apply', `--from=${folder}`);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--from needs --cluster') as string,
    });
  });

  it('gets no text when the address of the API server leads to another cluster (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const before = await text();
      const after = logEvents(scene.producer()).length;
      scene.proxy.identifyAs('00000000-0000-4000-8000-000000000000');
      scene.proxy.answer((collection, items) => (collection === 'services' ? items.slice(1) : items));
      // A watch that is about to be opened misses the proxy's word.
      await waitFor(
        'the refusal',
        () => {
          scene.proxy.expire();
          const refused = logEvents(scene.producer())
            .slice(after)
            .some(({ msg }) => msg === 'path.refused');
          return Promise.resolve(when(refused, scene.fleet.logTails()));
        },
        { limitMs: 20_000, everyMs: 500 },
      );
      expect(await ready('127.0.0.1:9640')).toMatch(/^503 .*publishes cluster "nyc1" \(uid 00000000/);
      expect(await text()).toBe(before);
      scene.proxy.pass();
      await waitFor(
        'the path is ours again',
        () => {
          scene.proxy.expire();
          const accepted = logEvents(scene.producer())
            .slice(after)
            .some(({ msg }) => msg === 'path.accepted');
          return Promise.resolve(when(accepted, scene.fleet.logTails()));
        },
        { limitMs: 20_000, everyMs: 500 },
      );
    });
  });

  it('changes hands when an operator says take-over, and back', async () => {
    const after = logEvents(scene.producer()).length;
    const other = startOther();
    await waitForEvent(other, ({ msg }) => msg === 'path.refused');
    const signed = ['--by=ann', '--reason=moved'];
    expect(await run('take-over', 'nyc2', ...signed)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('belongs to cluster "nyc2" from now on') as string,
    });
    expect(await run('take-over', 'nyc2', ...signed)).toMatchObject({ code: 1 });
    await waitForEvent(other, ({ msg }) => msg === 'path.accepted');
    await waitFor('the other cluster is served', async () =>
      when((await text()).includes('other.example.com'), scene.fleet.logTails()),
    );
    await waitForEvent(scene.producer(), ({ msg }) => msg === 'path.refused', { after });
    expect(await ready('127.0.0.1:9640')).toMatch(
      /^503 .* belongs to cluster "nyc2", to which ann gave it at /,
    );
    expect(await run('take-over', 'nyc1', '--by=bob')).toMatchObject({ code: 0 });
    await waitForEvent(scene.producer(), ({ msg }) => msg === 'path.accepted', { after });
    await other.stop();
    await scene.change();
    await scene.serves(scene.fleet.hosts);
  });
});
