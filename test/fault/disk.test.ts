import {
  chmodSync,
  cpSync,
  lstatSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { runChecked } from '../support/sandbox/processes.ts';
import { workers } from '../support/measuring/machine.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

/** The files of lb-1 are on a small tmpfs of their own, which the tests fill or remount; lb-2 keeps serving. */
describe('a host’s disk', () => {
  let scene: Scene;
  let host: LoadBalancerHost;
  let folder: string;
  let others: readonly LoadBalancerHost[];
  const filler = (): string => join(folder, 'filler');
  const mount = (...args: readonly string[]): Promise<string> => runChecked(['mount', ...args]);
  const logged = (after: number, msg: string): Promise<LogEvent> =>
    waitForEvent(host.consumer(), (event) => event.msg === msg, { after, limitMs: 20_000 });

  /** Writes until the disk has no free byte. */
  function fill(): void {
    for (let size = 65_536; size >= 1; size /= 4) {
      try {
        for (;;) writeFileSync(filler(), 'x'.repeat(size), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  /** Makes a change and expects that lb-1 logs the failure and doesn't touch HAProxy, while lb-2 serves the change. */
  async function changeFails(reason: RegExp): Promise<void> {
    const [before, worker] = [logEvents(host.consumer()).length, await workers(host)];
    const text = host.dynamicConfig();
    await scene.change();
    await scene.serves(others);
    const event = await logged(before, 'apply.failed');
    expect(event['summary']).toMatch(reason);
    expect(event).toMatchObject({ stage: 'stage', restored: true });
    expect(host.dynamicConfig()).toBe(text);
    expect(await workers(host)).toBe(worker);
    expect(readdirSync(folder).filter((file) => file.includes('candidate.'))).toEqual([]);
  }

  /** The status file can't be written either: `status` must not take its old words for the present. */
  async function statusIsOld(): Promise<void> {
    const { code, stdout } = await host.runConsumer('status');
    expect(stdout).toMatch(/this status is old \(written at .*the agent can't write .*status\.json/);
    expect(stdout).not.toContain('is not what was applied');
    expect(code).toBe(1);
  }

  beforeAll(async () => {
    scene = await startScene({ begin: false, haproxy: false, consumers: false });
    host = scene.fleet.host('lb-1');
    others = [scene.fleet.host('lb-2')];
    folder = dirname(host.haproxyConfig);
    const copy = join(scene.fleet.folder, 'copy');
    cpSync(folder, copy, { recursive: true });
    await mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder);
    cpSync(copy, folder, { recursive: true });
    for (const each of scene.fleet.hosts) {
      await each.startHaproxy();
      each.startConsumer();
    }
    scene.startProducer();
    await scene.waitUntilInSync();
  });
  afterAll(async () => {
    for (const process of host.processes()) await process.kill();
    await runChecked(['umount', '-l', folder]);
    await scene.close();
  });

  it('is full: a change fails without touching HAProxy, and is applied once there is space', async () => {
    await scene.recoversFrom(async () => {
      fill();
      await changeFails(/the disk is full/);
      await statusIsOld();
      rmSync(filler());
    });
  });

  it('is read-only: the same', async () => {
    await scene.recoversFrom(async () => {
      // A bind mount, since the agent's lock is open for writing and keeps the disk itself from becoming read-only.
      await mount('--bind', folder, folder);
      await mount('-o', 'remount,bind,ro', folder);
      await changeFails(/read-only/i);
      await statusIsOld();
      await runChecked(['umount', folder]);
    });
  });

  it('loses dynamic.cfg: the file is restored without a reload', async () => {
    await scene.recoversFrom(async () => {
      const [text, worker] = [host.dynamicConfig(), await workers(host)];
      rmSync(host.haproxyConfig);
      await waitFor('the file is restored', () => when(readdirSync(folder).includes('dynamic.cfg'), folder), {
        limitMs: 30_000,
      });
      expect(host.dynamicConfig()).toBe(text);
      expect(await workers(host)).toBe(worker);
    });
  });

  it('has dynamic.cfg with a mode that the operator set: the mode is kept', async () => {
    await scene.recoversFrom(async () => {
      chmodSync(host.haproxyConfig, 0o640);
      await scene.change();
      await scene.serves([host]);
      expect(statSync(host.haproxyConfig).mode & 0o777).toBe(0o640);
    });
  });

  it('has dynamic.cfg as a symbolic link: the link is kept, and its target is a plain file', async () => {
    const target = join(folder, 'elsewhere.cfg');
    await host.stopConsumer();
    renameSync(host.haproxyConfig, target);
    symlinkSync(target, host.haproxyConfig);
    host.startConsumer();
    await scene.change();
    await scene.waitUntilInSync();
    expect(lstatSync(host.haproxyConfig).isSymbolicLink()).toBe(true);
    expect(lstatSync(target).isFile()).toBe(true);
  });
});
