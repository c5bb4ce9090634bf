import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { waitForEvent } from '../support/fleet/log-events.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { SocketTap } from './support/socket-tap.ts';
import { socketsOf, tapSocket } from './support/socket-tap.ts';

/** HAProxy is killed when it gets the reload, so that no new worker will prove it. */
onEachHaproxy('HAProxy ends in a reload', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let tap: SocketTap;
  let whenReloaded: (() => void) | undefined;
  const publish = (...ports: readonly number[]): Promise<unknown> =>
    fleet.etcd.put(
      handWrittenText(
        fleet.nodes.list(),
        ports.map((port) => ({
          service: `shop-${String(port)}`,
          bind: `*:${String(port)}`,
          nodePort: 30001,
        })),
      ),
    );
  const killedInReload = (...ports: readonly number[]): Promise<void> =>
    new Promise((resolve, reject) => {
      whenReloaded = () => {
        whenReloaded = undefined;
        host
          .haproxy()
          .kill()
          .then(() => resolve(), reject);
      };
      publish(...ports).catch(reject);
    });
  const binds = (): string[] =>
    [...host.dynamicConfig().matchAll(/^ *bind (\S+)/gm)].map(([, bind = '']) => bind);

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], consumers: false, haproxyBinary });
    await fleet.nodes.listen(30001);
    host = fleet.host('lb-1');
    tap = await tapSocket(socketsOf(host).master, (command) => {
      if (!command.startsWith('reload') || whenReloaded === undefined) return 'pass';
      whenReloaded();
      return { answer: '' };
    });
  });
  beforeEach(async () => {
    await publish(80);
    host.startConsumer(`--haproxy-master-socket=${tap.path}`);
    await host.waitUntilReady();
  });
  afterEach(() => host.stopConsumer());
  afterAll(async () => {
    tap.close();
    await fleet.close();
  });

  it('and is started again at once: it runs the new text', async () => {
    await killedInReload(80, 81);
    await host.startHaproxy();
    const event = await waitForEvent(
      host.consumer(),
      ({ msg, revision }) => /^apply\./.test(msg) && revision !== undefined,
    );
    expect(event).toMatchObject({ msg: 'apply.applied' });
    expect(binds()).toEqual(['*:80', '*:81']);
  });

  it('and stays away: within seconds the file is put back, and the failure says why', async () => {
    await killedInReload(80, 82);
    const event = await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.failed', {
      limitMs: 9_000,
    });
    expect(JSON.stringify(event)).toContain('HAProxy ended while it was being reloaded');
    expect(binds()).toEqual(['*:80']);
    await host.startHaproxy();
    await waitFor('the new text is served', () => when(binds().length === 2, host.consumer().tail(3)), {
      limitMs: 30_000,
    });
    await host.waitUntilReady();
  });

  it('and the agent is stopped, which it does within seconds', async () => {
    await killedInReload(80, 83);
    await host.stopConsumer();
    expect(binds()).toEqual(['*:80']);
    await host.startHaproxy();
  });
});
