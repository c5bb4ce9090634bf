import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { delay, type Logger, messageOfError } from '@kubefigurator/daemon';
import type { ClusterSnapshot } from '@kubefigurator/translator';
import { createFolderNotices } from './folder-notices.ts';
import { fingerprintManifests, readManifestFiles } from './manifest-files.ts';
import { readManifests } from './manifests.ts';
import type { ClusterSource } from '../source.ts';

/** After a change, the files are read once they have been the same for this long: until then one may be half-written. */
const SETTLE_MS = 40;
/** The files are also polled, since notifications get lost on network file systems and if folders are renamed. */
const POLL_MS = 5_000;

export interface DiskSourceOptions {
  readonly from: string;
  /** Only objects of these namespaces; empty for all. */
  readonly namespaces: readonly string[];
  /** Keeps also the records that don't concern us; false by default. */
  readonly everything?: boolean;
  readonly onChange: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Reads manifests once; throws a ManifestError if they can't be read. Logs which kinds are ignored: at level info if
 * there is no object of an observed kind, else at level debug.
 */
export async function readDisk(
  options: Omit<DiskSourceOptions, 'onChange' | 'signal'>,
): Promise<ClusterSnapshot> {
  const { from, namespaces, everything, log } = options;
  const files = await readManifestFiles(from);
  const { snapshot, objects, passedOver } = readManifests(files, namespaces, everything);
  if (passedOver.size > 0) {
    const fields = { path: from, kinds: Object.fromEntries(passedOver) };
    log[objects === 0 ? 'info' : 'debug'](fields, 'manifests.ignored');
  }
  return snapshot;
}

/** Follows manifests on disk. If they can't be read, the last readable ones stay, and the reason is logged. */
export function followDisk(options: DiskSourceOptions): ClusterSource {
  const { onChange, log, signal } = options;
  const from = resolve(options.from);
  let snapshot: ClusterSnapshot | undefined;
  /** The fingerprint of the files that were last read or refused. */
  let seen: string | undefined;
  /** Why the files can't be read now; undefined if they can. */
  let trouble: string | undefined;
  let lastRead: number | undefined;
  let listedAt: number | undefined;

  /** Reads the files if they changed, and again as long as they change while they are read. */
  async function look(): Promise<void> {
    for (;;) {
      const now = await settled();
      if (signal.aborted) return;
      if (now === seen) {
        if (trouble === undefined) lastRead = performance.now();
        return;
      }
      try {
        const started = performance.now();
        const read = await readDisk({ ...options, from });
        // A file that changed while it was read may be half old and half new.
        if ((await fingerprintManifests(from)) !== now) continue;
        accept(read);
        listedAt = started;
      } catch (error) {
        refuse(messageOfError(error));
      }
      seen = now;
    }
  }

  /** The fingerprint of the files, once they have stopped changing; at once if none were read before. */
  async function settled(): Promise<string> {
    let now = await fingerprintManifests(from);
    while (seen !== undefined && now !== seen && !signal.aborted) {
      await delay(SETTLE_MS, signal);
      const later = await fingerprintManifests(from);
      if (later === now) break;
      now = later;
    }
    return now;
  }

  function accept(read: ClusterSnapshot): void {
    lastRead = performance.now();
    if (trouble !== undefined) log.warn({ path: from }, 'manifests.recovered');
    trouble = undefined;
    if (snapshot !== undefined && isDeepStrictEqual(snapshot, read)) return;
    snapshot = read;
    onChange();
  }

  function refuse(reason: string): void {
    if (reason !== trouble)
      log.warn({ reason, path: from, kept: snapshot !== undefined }, 'manifests.failed');
    trouble = reason;
  }

  const notices = createFolderNotices(from, () => looking.run(), log);
  const looking = oneAtATime(async () => {
    await notices.arm();
    await look();
  });
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await looking.run();
      await delay(POLL_MS, signal);
    }
    // A look that a notice began may still run.
    await looking.run();
    notices.close();
  }

  return {
    snapshot: () => snapshot,
    uid: () => undefined,
    versions: () => ({}),
    ready: () => snapshot !== undefined || (trouble ?? 'the manifests are being read'),
    // Manifests are read as a whole, with the Namespaces among them.
    followNamespaces: () => undefined,
    namespacesReady: () => snapshot !== undefined || (trouble ?? 'the manifests are being read'),
    lastProofOfLife: () => lastRead,
    listedAt: () => listedAt,
    refresh: () => {
      seen = undefined;
      void looking.run();
    },
    done: run(),
  };
}

/** Runs the work, and once more after it if `run` was called meanwhile; never twice at the same time. */
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
