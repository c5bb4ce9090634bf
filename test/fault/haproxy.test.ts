import { symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countersOf, untilRecorded } from '../support/fleet/counters.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { haproxyPaths, scratchFolder } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** The agent looks at HAProxy every 10 s; what it finds is repaired in the same pass, which takes longer on a slow machine. */
const REPAIRED_MS = 10_000 + 5_000;

/** What an operator or the system does to one host's HAProxy; the other host keeps serving. */
describe('HAProxy', () => {
  let scene: Scene;
  let host: LoadBalancerHost;
  let others: readonly LoadBalancerHost[];
  const logged = (after: number, msg: RegExp, limitMs = 20_000): Promise<unknown> =>
    waitForEvent(host.consumer(), (event) => msg.test(event.msg), { after, limitMs });
  const logLength = (): number => logEvents(host.consumer()).length;
  const recordedAfter = (former: number): Promise<void> =>
    untilRecorded(host, { former, limitMs: 2 * REPAIRED_MS });

  beforeAll(async () => {
    scene = await startScene();
    host = scene.fleet.host('lb-1');
    others = [scene.fleet.host('lb-2')];
  });
  afterAll(() => scene.close());

  it('is stopped, and started after something changed', async () => {
    await scene.recoversFrom(
      async () => {
        const before = logLength();
        await host.stopHaproxy();
        await scene.change();
        await scene.serves(others);
        await logged(before, /^apply\.not-running$/);
        await host.startHaproxy();
      },
      { hosts: others },
    );
  });

  it('is killed and restarted by hand', async () => {
    await scene.recoversFrom(
      async () => {
        await host.haproxy().kill();
        await host.startHaproxy();
      },
      { hosts: others },
    );
  });

  it('is reloaded by hand: the consumer notices it, and reloads at most once more', async () => {
    await scene.recoversFrom(async () => {
      const before = await countersOf(host);
      await host.master('reload');
      await recordedAfter(before.worker);
      expect((await countersOf(host)).reloads - before.reloads).toBeLessThanOrEqual(2);
    });
  });

  it('is reloaded by hand with an edited file: the file is restored', async () => {
    await scene.recoversFrom(
      async () => {
        const edited = host.dynamicConfig().replaceAll('shop-', 'edited-');
        writeFileSync(host.haproxyConfig, edited);
        await host.master('reload');
        await waitFor('the file is restored', () => when(host.dynamicConfig() !== edited, 'still edited'), {
          limitMs: REPAIRED_MS,
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
    // A package upgrade keeps the path and replaces the program.
    const path = join(scratchFolder(), 'haproxy-of-the-package');
    const putInPlace = (program: string): void => {
      unlinkSync(path);
      symlinkSync(program, path);
    };
    symlinkSync(first, path);
    scene = await startScene({ haproxyBinary: path });
    const [host, ...others] = scene.fleet.hosts;
    for (const version of versions) {
      await scene.recoversFrom(
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
