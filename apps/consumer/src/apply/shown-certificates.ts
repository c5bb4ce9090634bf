import { existsSync } from 'node:fs';
import type { ShownCertificate } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { isSameProcess } from '@kubefigurator/rollout';
import type { FoundCertificate } from '../host/certificate-files.ts';
import { workerByRuntimeSocket } from '../haproxy/observe.ts';
import { showCertificates } from '../haproxy/served-certificates.ts';

/** What HAProxy shows of each file's certificate; undefined, or no entry, for one that HAProxy doesn't have. */
export type ShownByFile = ReadonlyMap<string, ShownCertificate | undefined>;

/**
 * What a worker shows of certificates. It is asked once about each content of a file, since HAProxy doesn't change
 * its certificates by itself.
 */
export interface ShownCertificates {
  /**
   * Asks the worker about certificates that it wasn't asked about yet, and about those whose files have changed
   * since. Undefined if the worker doesn't answer and has to be asked again; empty if there is no runtime socket.
   * Never throws.
   */
  readonly ask: (found: readonly FoundCertificate[], worker: ProcessId) => Promise<ShownByFile | undefined>;
  /** The next `ask` asks about this certificate again. */
  readonly forget: (file: string) => void;
}

/** What one worker was asked. */
interface Asked {
  readonly worker: ProcessId;
  readonly shown: Map<string, ShownCertificate | undefined>;
  /** By file, the content that it had when HAProxy was asked. */
  readonly contents: Map<string, string>;
}

export function createShownCertificates(runtimeSocket: string): ShownCertificates {
  let asked: Asked | undefined;

  /** What is known of this worker; another one was asked nothing yet. */
  function askedOf(worker: ProcessId): Asked {
    if (asked === undefined || !isSameProcess(asked.worker, worker))
      asked = { worker, shown: new Map(), contents: new Map() };
    return asked;
  }

  async function ask(
    found: readonly FoundCertificate[],
    worker: ProcessId,
  ): Promise<ShownByFile | undefined> {
    const known = askedOf(worker);
    const unasked = found.filter(({ file, facts }) => known.contents.get(file) !== contentOf(facts));
    if (unasked.length === 0) return known.shown;
    const pid = await workerByRuntimeSocket(runtimeSocket);
    // Without a socket nothing can be asked, now or later: the files alone say what has changed.
    if (pid === undefined && !existsSync(runtimeSocket)) return new Map();
    if (pid !== worker.pid) return undefined;
    const names = unasked.flatMap((each) => each.names);
    const shown = await showCertificates(runtimeSocket, names).catch(() => undefined);
    if (shown === undefined) return undefined;
    for (const certificate of unasked) remember(known, certificate, shown);
    return known.shown;
  }

  return { ask, forget: (file) => void asked?.contents.delete(file) };
}

/** HAProxy may know the certificate under any of its names. */
function remember(
  { shown, contents }: Asked,
  { file, names, facts }: FoundCertificate,
  answer: ReadonlyMap<string, ShownCertificate>,
): void {
  shown.set(
    file,
    names.map((name) => answer.get(name)).find((each) => each !== undefined),
  );
  contents.set(file, contentOf(facts));
}

/** Identifies a content; all broken ones count as the same. */
function contentOf(facts: FoundCertificate['facts']): string {
  return facts.kind === 'good' ? facts.contentHash : facts.kind;
}
