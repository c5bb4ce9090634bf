import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { delay, type Logger, messageOf } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { fingerprint, readManifestFiles } from './manifest-files.ts';
import { readManifests } from './manifests.ts';
import type { ClusterSource } from '../source.ts';

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

/** One look at manifests; throws a ManifestError. Tells what it passes over, louder where nothing else is there. */
export async function readDisk(
  options: Omit<DiskSourceOptions, 'onChange' | 'signal'>,
): Promise<ClusterSnapshot> {
  const { from, namespaces, log } = options;
  const { snapshot, objects, passedOver } = readManifests(await readManifestFiles(from), namespaces);
  if (passedOver.size > 0) {
    const fields = { from, kinds: Object.fromEntries(passedOver) };
    log[objects === 0 ? 'info' : 'debug'](fields, 'manifests.passed-over');
  }
  return snapshot;
}

/** Follows manifests on disk. While they can't be read, the last ones that could stay, and the reason is told. */
export function followDisk(options: DiskSourceOptions): ClusterSource {
  const { onChange, log, signal } = options;
  const from = resolve(options.from);
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
        const read = await readDisk({ ...options, from });
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

  const notices = createNotices(from, () => looks.run(), log);
  const looks = oneAtATime(async () => {
    await notices.arm();
    await look();
  });
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await looks.run();
      await delay(POLL_MS, signal);
    }
    await looks.run();
    notices.close();
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

interface Notices {
  /** Looks where the folders are now; cheap when they are where they were. */
  readonly arm: () => Promise<void>;
  readonly close: () => void;
}

/** The kernel's word that something happened: in the folder, or to its name in the folder above. */
function createNotices(from: string, notify: () => Promise<void>, log: Logger): Notices {
  let armed: readonly { readonly place: string; readonly watcher: FSWatcher }[] = [];

  function close(): void {
    for (const { watcher } of armed) watcher.close();
    armed = [];
  }

  async function arm(): Promise<void> {
    const folders = await foldersOf(from);
    const places = folders.map(({ place }) => place).join();
    if (places === armed.map(({ place }) => place).join()) return;
    close();
    armed = folders.flatMap(({ place, path, only }) => {
      try {
        const watcher = watch(path, (_event, name) => {
          if (only === undefined || name === only) void notify();
        });
        watcher.on('error', close);
        return [{ place, watcher }];
      } catch (err) {
        log.debug({ err, path }, 'manifests.polled');
        return [];
      }
    });
  }

  return { arm, close };
}

interface Folder {
  readonly path: string;
  /** Which folder this really is, whatever its name. */
  readonly place: string;
  /** The one name in it that matters; any where undefined. */
  readonly only?: string;
}

async function foldersOf(from: string): Promise<readonly Folder[]> {
  const [self, above] = await Promise.all([placeOf(from), placeOf(dirname(from))]);
  const isFolder = self?.isFolder === true;
  return [
    ...(isFolder ? [{ path: from, place: self.place }] : []),
    // A single file's folder counts as a whole: a mounted file is a link to a link beside it that changes.
    ...(above === undefined
      ? []
      : [{ path: dirname(from), place: above.place, ...(isFolder ? { only: basename(from) } : {}) }]),
  ];
}

async function placeOf(
  path: string,
): Promise<{ readonly isFolder: boolean; readonly place: string } | undefined> {
  try {
    const found = await stat(path);
    return { isFolder: found.isDirectory(), place: `${path}:${found.dev}:${found.ino}` };
  } catch {
    return undefined;
  }
}
