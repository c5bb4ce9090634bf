import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countersOf } from '../support/fleet/counters.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { haproxyPaths, scratchFolder } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** What a person or the system does with one host's HAProxy; the other host serves everything meanwhile. */
describe('HAProxy', () => {
  let scene: Scene;
  let host: LoadBalancerHost;
  let others: readonly LoadBalancerHost[];
  const said = (told: number, msg: RegExp, limitMs = 20_000): Promise<unknown> =>
    waitForEvent(host.consumer(), (event) => msg.test(event.msg), { after: told, limitMs });
  const told = (): number => logEvents(host.consumer()).length;
  /** Waits until there is another worker and the consumer has recorded what it runs. */
  async function recordedAfter(former: number): Promise<void> {
    const look = async (): Promise<{ done: true } | { pending: string }> => {
      const ledger = readFileSync(join(host.stateDirectory, 'ledger.json'), 'utf8');
      const named = (JSON.parse(ledger) as { worker?: { pid: number } }).worker?.pid;
      return when(named !== former && named === (await countersOf(host)).worker, ledger);
    };
    await waitFor('the ledger names the present worker', look, { limitMs: 30_000 });
  }

  beforeAll(async () => {
    scene = await startScene();
    host = scene.fleet.host('lb-1');
    others = [scene.fleet.host('lb-2')];
  });
  afterAll(() => scene.close());

  it('is stopped, and started after something changed', async () => {
    await scene.endures(
      async () => {
        const before = told();
        await host.stopHaproxy();
        await scene.change();
        await scene.serves(others);
        await said(before, /^apply\.not-running$/);
        await host.startHaproxy();
      },
      { hosts: others },
    );
  });

  it('is killed and restarted by hand', async () => {
    await scene.endures(
      async () => {
        await host.haproxy().kill();
        await host.startHaproxy();
      },
      { hosts: others },
    );
  });

  it('is reloaded by hand: found within seconds, and reloaded once more at most', async () => {
    await scene.endures(async () => {
      const before = await countersOf(host);
      await host.master('reload');
      await recordedAfter(before.worker);
      expect((await countersOf(host)).reloads - before.reloads).toBeLessThanOrEqual(2);
    });
  });

  it('is reloaded by hand with a file that somebody edited: put right within a minute', async () => {
    await scene.endures(
      async () => {
        const edited = host.dynamicConfig().replaceAll('shop-', 'edited-');
        writeFileSync(host.haproxyConfig, edited);
        await host.master('reload');
        await waitFor('the file is put right', () => when(host.dynamicConfig() !== edited, 'still edited'), {
          limitMs: 30_000,
        });
      },
      { limitMs: 30_000 },
    );
  });
});

describe('HAProxy’s program', () => {
  let scene: Scene | undefined;

  afterEach(async () => {
    await scene?.close();
  });

  it('is upgraded and downgraded, and HAProxy restarted', async () => {
    const [first, ...rest] = haproxyPaths();
    const versions = [...rest, first];
    // The path stays, what is there changes, as with a package.
    const path = join(scratchFolder(), 'haproxy-of-the-package');
    const putInPlace = (program: string): void => {
      unlinkSync(path);
      symlinkSync(program, path);
    };
    symlinkSync(first, path);
    scene = await startScene({ haproxyBinary: path });
    const [host, ...others] = scene.fleet.hosts;
    for (const version of versions) {
      await scene.endures(
        async () => {
          putInPlace(version);
          await host?.stopHaproxy();
          await scene?.change();
          await host?.startHaproxy();
        },
        { hosts: others },
      );
    }
  });
});
