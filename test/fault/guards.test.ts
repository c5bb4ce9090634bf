import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { serviceManifest } from '../support/kube/manifests.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { ListChange, ListedObject } from './support/api-proxy.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];
/** There are two nodes, so that one of them has to be too much. */
const FLAGS = ['--most-removed=40', '--guard-minimum=2', '--confirm-servers-after=3s'];

/** A source that lacks what is served takes nothing from the hosts, and an operator has the last word. */
describe('a removal of too much', () => {
  let scene: KubeScene;
  const logged = (): number => logEvents(scene.producer()).length;
  const event = (msg: string, after: number, limitMs = 20_000): Promise<LogEvent> =>
    waitForEvent(scene.producer(), (one) => one.msg === msg, { after, limitMs });
  const text = async (): Promise<string> => (await scene.fleet.etcd.get()) ?? '';
  /** Runs a command of the producer that needs etcd only. */
  const run = (...command: readonly string[]): Promise<CommandResult> =>
    runCommand([
      ...[process.execPath, bundlePath('producer'), ...command],
      `--etcd-host=${scene.fleet.etcd.url}`,
    ]);
  /** Has everything listed until this is logged: a watch that is about to be opened misses the proxy's word. */
  const listUntil = (msg: string, after: number): Promise<LogEvent> =>
    waitFor(
      `${msg} after a list`,
      () => {
        const found = logEvents(scene.producer())
          .slice(after)
          .find((one) => one.msg === msg);
        if (found === undefined) scene.proxy.expire();
        return found === undefined ? { pending: scene.fleet.logTails() } : { done: found };
      },
      { limitMs: 20_000, everyMs: 1_000 },
    );
  /** The API server answers like this from now on, until `whole`; until something is held. */
  const lists = (change: ListChange, after: number): Promise<LogEvent> => {
    scene.proxy.answer(change);
    return listUntil('removal.held', after);
  };
  const whole = async (after: number): Promise<void> => {
    scene.proxy.pass();
    await listUntil('removal.released', after);
  };
  const only = (...names: readonly string[]): ListChange => {
    return (collection, items) =>
      collection === 'nodes' ? items : items.filter(({ metadata }) => names.includes(metadata.name));
  };

  beforeAll(async () => {
    scene = await startKubeScene(FLAGS);
    for (const name of NAMES) await scene.cluster.apply(shop(name));
    await scene.waitUntilInSync();
  });
  afterAll(() => scene.close());

  it('the API server answers with empty lists (by the fake proxy)', async () => {
    const before = await text();
    await scene.recoversFrom(async () => {
      const after = logged();
      expect(await lists(() => [], after)).toMatchObject({ everything: true });
      expect(await text()).toBe(before);
      expect((await run('held')).code).toBe(3);
      await whole(after);
      expect(await run('held')).toMatchObject({ code: 0, stdout: 'nothing is held\n' });
    });
  });

  it('the API server answers with less than half of its Services, while others come (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const after = logged();
      expect(await lists(only('calm', 'shop', 'one'), after)).toMatchObject({ everything: false });
      await scene.cluster.apply(shop('added'));
      await untilText((now) => now.includes('added.example.com'));
      const now = await text();
      for (const name of NAMES) expect(now).toContain(`${name}.example.com`);
      await scene.change();
      await scene.serves(scene.fleet.hosts);
      await whole(after);
    });
  });

  it('the API server answers with the lists of another cluster (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const after = logged();
      await lists(
        (collection, items) => (collection === 'nodes' ? items.map(otherNode) : items.map(otherService)),
        after,
      );
      await untilText((now) => now.includes('other-one') && now.includes('server other-worker-a'));
      const now = await text();
      for (const name of ['calm', ...NAMES]) expect(now).toContain(` ${name}.example.com`);
      await whole(after);
    });
  });

  it('a node is missing, and a second list confirms it after the wait (by the fake proxy)', async () => {
    await scene.recoversFrom(async () => {
      const after = logged();
      await lists((collection, items) => items.slice(0, collection === 'nodes' ? 1 : undefined), after);
      expect(await text()).toContain('server worker-b');
      // Nobody lists again by itself: the producer asks for it once the wait is over.
      await event('removal.released', after);
      expect(await text()).not.toContain('server worker-b');
      scene.proxy.pass();
      await untilText((now) => {
        if (!now.includes('server worker-b')) scene.proxy.expire();
        return now.includes('server worker-b');
      });
    });
  });

  it('an operator approves one Service, then the rest', async () => {
    await scene.recoversFrom(async () => {
      const after = logged();
      await lists(only('calm', 'shop'), after);
      expect(await run('approve', 'service', 'default/one', '--by=ann', '--reason=moved')).toMatchObject({
        code: 0,
      });
      expect(await event('approval.obeyed', after)).toMatchObject({
        by: 'ann',
        reason: 'moved',
        what: 'default/one',
      });
      const now = await text();
      expect(now).not.toContain(' one.example.com');
      expect(now).toContain(' two.example.com');
      expect(await run('approve', 'service', 'default/one')).toMatchObject({ code: 1 });
      expect(await run('approve')).toMatchObject({ code: 0 });
      await event('removal.released', after);
      expect(await text()).not.toContain(' two.example.com');
      scene.proxy.pass();
      await untilText((now) => {
        if (!now.includes(' two.example.com')) scene.proxy.expire();
        return now.includes(' two.example.com');
      });
    });
  });

  it('a producer is restarted while it holds something', async () => {
    const after = logged();
    await lists(only('calm', 'shop'), after);
    const before = await text();
    await scene.producer().kill();
    const restarted = logged();
    scene.startProducer();
    // The one that was killed leads until its lease ends.
    await event('leadership.gained', restarted);
    await event('removal.held', restarted);
    expect(await text()).toBe(before);
    await whole(restarted);
    await scene.waitUntilInSync();
  });

  it('an apply with another namespace, or with a selector that matches nothing', async () => {
    const before = await text();
    // An apply refuses to publish beside a producer that leads.
    await scene.producer().stop();
    for (const flag of ['--namespace=elsewhere', '--node-selector=role=none']) {
      const source = { kubeconfig: scene.server.producerKubeconfig };
      const { code } = await scene.fleet.runProducer('apply', source, flag);
      expect([flag, code, (await text()) === before]).toEqual([flag, 3, true]);
      const { stdout } = await scene.fleet.runProducer('explain', source, flag, 'service', 'default/one');
      expect(stdout).toMatch(/^Service default\/one: .*HELD by a guard\n/);
      expect(stdout).toMatch(/^ {2}Held: +(?:one\.example\.com on \*:80|server worker-a),/m);
    }
    scene.startProducer();
    await scene.waitUntilInSync();
  });

  it('an operator pauses publications, and resumes them', async () => {
    const before = await text();
    const after = logged();
    expect(await run('pause', '--by=ann', '--reason=maintenance')).toMatchObject({ code: 0 });
    await scene.change();
    await event('publication.paused', after);
    expect(await text()).toBe(before);
    expect((await run('held')).stdout).toMatch(/^publications are paused by ann since .*: maintenance\n/);
    const source = { kubeconfig: scene.server.producerKubeconfig };
    const { stdout } = await scene.fleet.runProducer('explain', source, 'service', 'default/one');
    expect(stdout).toMatch(
      /nothing is published any more: ann has paused publications since .* \(maintenance\)/,
    );
    expect(await run('resume')).toMatchObject({ code: 0 });
    await event('publication.resumed', after);
    await scene.waitUntilInSync();
    expect(await run('resume')).toMatchObject({ code: 1 });
  });

  function untilText(holds: (now: string) => boolean): Promise<true> {
    return waitFor('the text is as expected', async () => when(holds(await text()), 'not yet'), {
      limitMs: 20_000,
      everyMs: 500,
    });
  }
});

function shop(name: string): ReturnType<typeof serviceManifest> {
  const options = { 'listen-port': '80', 'use-ssl': 'false', hostname: `${name}.example.com` };
  return serviceManifest({ name, nodePort: 31_000 + [...NAMES, 'added'].indexOf(name), options });
}

function otherNode(node: ListedObject): ListedObject {
  return { ...node, metadata: { ...node.metadata, name: `other-${node.metadata.name}` } };
}

/** A Service of another name with other host names. */
function otherService(service: ListedObject): ListedObject {
  const renamed = JSON.stringify(service.metadata).replaceAll('.example.com', '.example.net');
  const metadata = JSON.parse(renamed) as ListedObject['metadata'];
  return { ...service, metadata: { ...metadata, name: `other-${metadata.name}` } };
}
