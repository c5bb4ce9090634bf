import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { CommandResult, RunningProcess } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor } from '../support/sandbox/wait.ts';

const namesOf = (word: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${word}-${String(index)}.example.com`).join(',');

/** A namespace with more host names than all others together has no say about what they lose. */
describe('a namespace with most of all host names', () => {
  let fleet: Fleet;
  let cluster: Cluster;
  let producer: RunningProcess;

  let ports = 30_000;
  const service = (path: string, hostname: string): Manifest => {
    const [namespace = '', name = ''] = path.split('/');
    ports += 1;
    const options = { 'listen-port': '80', 'use-ssl': 'false', hostname };
    return serviceManifest({ namespace, name, nodePort: ports, options });
  };
  const many = service('shop/many', namesOf('shop', 6));
  const pay = (hostname: string): Manifest => service('pay/pay', hostname);
  const tenant = service('evil/many', namesOf('evil', 30));
  const logged = (): number => logEvents(producer).length;
  const event = (msg: string, after: number): Promise<LogEvent> =>
    waitForEvent(producer, (one) => one.msg === msg, { after, limitMs: 20_000 });
  const run = (command: string): Promise<CommandResult> =>
    runCommand([process.execPath, bundlePath('producer'), command, `--etcd-host=${fleet.etcd.url}`]);
  const has = (host: string, isThere = true): Promise<string> =>
    waitFor(
      `${host} is ${isThere ? '' : 'not '}published`,
      async () => {
        const text = (await fleet.etcd.get()) ?? '';
        return text.includes(` ${host}`) === isThere ? { done: text } : { pending: fleet.logTails() };
      },
      { limitMs: 20_000, everyMs: 100 },
    );

  beforeAll(async () => {
    fleet = await startFleet({ haproxy: false, consumers: false });
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    for (const each of [many, service('shop/one', 'shop.example.com'), pay('pay.example.com'), tenant])
      await cluster.apply(each);
    producer = fleet.startProducer(cluster.source);
    await has('evil-29.example.com');
  });
  afterAll(() => fleet.close());

  it('doesn’t make the loss of most other names look small', async () => {
    const after = logged();
    await cluster.delete(many);
    expect(await event('removal.held', after)).toMatchObject({ everything: false, what: 'shop/many' });
    const { code, stdout } = await run('held');
    expect([code, stdout.split('\n')[0]]).toEqual([
      3,
      expect.stringMatching(/: 6 of 8 host names of all namespaces but evil would go$/),
    ]);
  });

  it('releases nothing with the names that it adds', async () => {
    const after = logged();
    for (const word of ['more', 'other']) await cluster.apply(service(`evil/${word}`, namesOf(word, 200)));
    const text = await has('other-199.example.com');
    for (const host of namesOf('shop', 6).split(',')) expect(text).toContain(` ${host}`);
    expect((await run('held')).code).toBe(3);
    expect(
      logEvents(producer)
        .slice(after)
        .map(({ msg }) => msg),
    ).not.toContain('removal.released');
  });

  it('waits alone for what it removes, while a name of another namespace is exchanged', async () => {
    const approved = logged();
    expect(await run('approve')).toMatchObject({ code: 0 });
    await event('removal.released', approved);
    const after = logged();
    for (const each of ['more', 'other']) await cluster.delete(service(`evil/${each}`, ''));
    await event('removal.held', after);
    await cluster.apply(pay('new-pay.example.com'));
    const text = await has('new-pay.example.com');
    expect(text).not.toContain(' pay.example.com');
    expect(text).toContain(' other-199.example.com');
  });
});
