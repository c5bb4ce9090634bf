import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '@kubefigurator/daemon';

export interface FolderNotices {
  /** Begins to watch, or begins anew if a path leads to another folder than before; to be called again and again. */
  readonly arm: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Calls `notify` at each change in a folder, and at each change of its name in the folder above. If `from` is a file, at
 * each change in its folder.
 */
export function createFolderNotices(from: string, notify: () => Promise<void>, log: Logger): FolderNotices {
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
        // The next `arm` then watches all of them again.
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
  /** Path, device and inode, which identify the folder. */
  readonly place: string;
  /** The only name in it that is watched; undefined for all. */
  readonly only?: string;
}

async function foldersOf(from: string): Promise<readonly Folder[]> {
  const [self, above] = await Promise.all([placeOf(from), placeOf(dirname(from))]);
  const isFolder = self?.isFolder === true;
  return [
    ...(isFolder ? [{ path: from, place: self.place }] : []),
    // For a single file, all names in its folder are watched: a file of a mounted ConfigMap is a link that leads through a
    // second link in this folder, and only the second link changes.
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
