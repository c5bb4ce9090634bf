import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { delay, type Logger, messageOf } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { fingerprint, readManifestFiles } from './manifest-files.ts';
import { snapshotOf } from './manifests.ts';
import type { ClusterSource } from './source.ts';

/** A file that was changed this recently may be half-written. */
const SETTLE_MS = 40;
/** Notifications get lost on network file systems and when folders are swapped. */
const POLL_MS = 5_000;

export interface DiskSourceOptions {
  readonly from: string;
  /** Services of these only; empty for all. */
  readonly namespaces: readonly string[];
  readonly onChange: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** One look at manifests; throws a ManifestError. */
export async function readDisk(from: string, namespaces: readonly string[]): Promise<ClusterSnapshot> {
  return snapshotOf(await readManifestFiles(from), namespaces);
}

/** Follows manifests on disk. While they can't be read, the last ones that could stay, and the reason is told. */
export function followDisk(options: DiskSourceOptions): ClusterSource {
  const { from, onChange, log, signal } = options;
  let snapshot: ClusterSnapshot | undefined;
  let seen: string | undefined;
  let trouble: string | undefined;
  let lastRead: number | undefined;

  async function look(): Promise<void> {
    for (;;) {
      const now = await settled();
      if (signal.aborted) return;
      if (now === seen) return void (lastRead = trouble === undefined ? performance.now() : lastRead);
      try {
        const read = await readDisk(from, options.namespaces);
        // What changed while it was read may be one half old and one half new.
        if ((await fingerprint(from)) !== now) continue;
        accept(read);
      } catch (error) {
        refuse(messageOf(error));
      }
      seen = now;
    }
  }

  async function settled(): Promise<string> {
    let now = await fingerprint(from);
    while (seen !== undefined && now !== seen && !signal.aborted) {
      await delay(SETTLE_MS, signal);
      const later = await fingerprint(from);
      if (later === now) break;
      now = later;
    }
    return now;
  }

  function accept(read: ClusterSnapshot): void {
    lastRead = performance.now();
    if (trouble !== undefined) log.info({ from }, 'manifests.readable');
    trouble = undefined;
    if (snapshot !== undefined && isDeepStrictEqual(snapshot, read)) return;
    snapshot = read;
    onChange();
  }

  function refuse(reason: string): void {
    if (reason !== trouble) log.warn({ reason, from, kept: snapshot !== undefined }, 'manifests.unreadable');
    trouble = reason;
  }

  const looks = oneAtATime(look);
  const notices = createNotices(from, looks.run, log);
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await notices.arm();
      await looks.run();
      await delay(POLL_MS, signal);
    }
    notices.close();
    await looks.run();
  }

  return {
    snapshot: () => snapshot,
    ready: () => snapshot !== undefined || (trouble ?? 'the manifests are being read'),
    lastProofOfLife: () => lastRead,
    refresh: () => {
      seen = undefined;
      void looks.run();
    },
    done: run(),
  };
}

/** Runs the work again when it was asked for meanwhile, and never twice at once. */
function oneAtATime(work: () => Promise<void>): { readonly run: () => Promise<void> } {
  let running: Promise<void> | undefined;
  let again = false;
  async function repeat(): Promise<void> {
    do {
      again = false;
      await work();
    } while (again);
    running = undefined;
  }
  return {
    run: () => {
      if (running === undefined) running = repeat();
      else again = true;
      return running;
    },
  };
}

/** The kernel's word that something happened in the folder, for as long as it is the same folder. */
function createNotices(
  from: string,
  notify: () => Promise<void>,
  log: Logger,
): { readonly arm: () => Promise<void>; readonly close: () => void } {
  let watcher: FSWatcher | undefined;
  let armed: string | undefined;
  function close(): void {
    watcher?.close();
    [watcher, armed] = [undefined, undefined];
  }
  async function arm(): Promise<void> {
    const folder = await folderOf(from);
    if (folder?.identity === armed) return;
    close();
    if (folder === undefined) return;
    try {
      watcher = watch(folder.path, () => void notify());
      watcher.on('error', close);
      armed = folder.identity;
    } catch (err) {
      log.debug({ err, from }, 'manifests.polled');
    }
  }
  return { arm, close };
}

async function folderOf(
  from: string,
): Promise<{ readonly path: string; readonly identity: string } | undefined> {
  try {
    const path = (await stat(from)).isDirectory() ? from : dirname(from);
    const { dev, ino } = await stat(path);
    return { path, identity: `${dev}:${ino}` };
  } catch {
    return undefined;
  }
}
