import { stat } from 'node:fs/promises';
import { readText } from './text-file.ts';
import type { Host } from './host.ts';
import type { HaproxyState } from '../haproxy/observe.ts';
import { observeHaproxy } from '../haproxy/observe.ts';
import { hashText } from './release-hash.ts';

/** What can be seen of HAProxy and our file at one moment, at little cost. */
export interface HostView {
  readonly haproxy: HaproxyState;
  /** SHA-256 of our file, in hex; undefined where it is missing. */
  readonly fileHash: string | undefined;
}

/** Looks at a host again and again; the file is read only when it was touched. */
export function createHostViewer(host: Host): () => Promise<HostView> {
  let touched: string | undefined;
  let hash: string | undefined;

  async function fileHash(): Promise<string | undefined> {
    const now = await stat(host.live.path).catch(() => undefined);
    const identity = now === undefined ? undefined : `${now.ino} ${now.ctimeMs} ${now.size}`;
    if (identity === undefined || identity !== touched) {
      const text = (await readText(host.live.path).catch(() => undefined))?.text;
      hash = text === undefined ? undefined : hashText(text);
      touched = identity;
    }
    return hash;
  }

  return async () => {
    const [haproxy, file] = await Promise.all([observeHaproxy(host.sockets, host.live.path), fileHash()]);
    return { haproxy, fileHash: file };
  };
}
