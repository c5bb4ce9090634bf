import type { HeldFolders, ParsedText, ReleaseFile } from '@kubefigurator/haproxy-config';
import { holdGrownFolders, parseConfigText } from '@kubefigurator/haproxy-config';
import type {
  DamagedFile,
  HeldServer,
  KnownGood,
  Memory,
  Observation,
  Trigger,
} from '@kubefigurator/rollout';
import { refusedParts } from '@kubefigurator/rollout';
import { findHeldServers } from '../haproxy/held-servers.ts';
import { observeHaproxy, runningText } from '../haproxy/observe.ts';
import { ownAddresses } from '../host/addresses.ts';
import type { BaseFacts } from '../host/base-files.ts';
import { createBaseReader } from '../host/base-files.ts';
import { readBootId } from '../host/boot-clock.ts';
import { fingerprintCauses } from '../host/causes.ts';
import type { Certificates } from './certificates.ts';
import { readCertificateFolders } from '../host/certificate-folders.ts';
import type { Host } from '../host/host.ts';
import type { Installed } from '../host/installed.ts';
import { createDamageFinder, releaseFilesNamedIn, readReleaseFiles } from '../host/release-files.ts';
import { hashText } from '../host/release-hash.ts';
import type { TextOnDisk } from '../host/text-file.ts';
import { fileIdentity, isSameFile, readTextFile } from '../host/text-file.ts';
import { readFreeze } from '../state/freeze.ts';
import type { LastKnownGood } from '../state/ledger.ts';

/** Observes a host once per pass. It keeps what it has read, so that the next pass reads only what has changed. */
export interface Observer {
  /** Throws if a part of the host can't be read. */
  readonly observe: (memory: Memory, triggers: ReadonlySet<Trigger>) => Promise<HostObservation>;
  /**
   * A fingerprint of the files and ports that may have caused the refusals in memory; undefined if nothing is
   * refused, or if the fingerprint can't be made.
   */
  readonly causes: (memory: Memory) => Promise<string | undefined>;
  /** True if, of the last known good release, the missing and damaged files aren't those of the last observation. */
  readonly haveFilesChanged: () => Promise<boolean>;
  /** SHA-256 of the live file as it is now, in hex; undefined if there is none. */
  readonly fileHash: () => Promise<string | undefined>;
}

/**
 * An observation with what `decide` doesn't need: the whole ledger, and what is to be logged about the host's own
 * files.
 */
export interface HostObservation extends Observation {
  readonly good: (LastKnownGood & KnownGood) | undefined;
  /** Directives of the host's own files that contradict what Services may expect. */
  readonly contradictions: BaseFacts['contradictions'];
  /** What the host's own files say of HAProxy's limits. */
  readonly globalLimits: BaseFacts['limits'];
}

/**
 * A listing of all servers costs HAProxy time: the pause before the next one is this many times as long as the
 * listing took, but no longer than the limit.
 */
const REST_FACTOR = 300;
const LONGEST_REST_MS = 45_000;

/** Creates the observer of a host. */
export function createObserver(host: Host, certificates: Certificates): Observer {
  const readLive = createFileReader(host.live.path);
  const findDamaged = createDamageFinder(host.live.folder);
  const readParsed = createTextReader();
  const readBase = createBaseReader(host.baseConfigs);
  /** When servers may be listed again, on the monotonic clock. */
  let nextListingAt = 0;
  /** The files of the last known good release as the last observation saw them. */
  let files: { readonly all: readonly ReleaseFile[]; readonly damaged: readonly DamagedFile[] } = {
    all: [],
    damaged: [],
  };

  async function observe(memory: Memory, triggers: ReadonlySet<Trigger>): Promise<HostObservation> {
    const [freeze, haproxy, good, installed, bootId, base, causes, foldersNow] = await Promise.all([
      readFreeze(host.state.path),
      observeHaproxy(host.sockets, host.live.path),
      host.state.read(),
      host.state.readInstalled(),
      readBootId(),
      readBase(),
      causesOfRefusals(memory),
      readCertificateFolders(memory.known),
    ]);
    const all = good?.release.files ?? [];
    const [onDisk, damagedFiles] = await Promise.all([readLive(good, installed), findDamaged(all)]);
    files = { all, damaged: damagedFiles };
    const isDamaged = damagedFiles.length > 0;
    const text = runningText(haproxy, { good, onDisk, installed, isDamaged, bootId });
    const running =
      text === undefined
        ? undefined
        : await withFiles(readParsed(text, memory.known), good, host.live.folder);
    await host.descriptors.observe({ haproxy, running, good });
    const isRoutine = triggers.has('look');
    // A listing of 50,000 servers takes longer than a change of one: only a pass that the routine look alone began
    // waits for it.
    const held = isRoutine && triggers.size === 1 ? await listHeld(haproxy.kind === 'up') : undefined;
    const seen = await certificates.observe(running, haproxy, { isRoutine });
    const { folders, grown } = holdGrown(foldersNow, {
      known: memory.known,
      running,
      good,
      copies: seen.copies,
    });
    return {
      freeze,
      haproxy,
      good,
      causes,
      running,
      held,
      damagedFiles,
      lists: { place: host.live.folder, folders, hash: hashText },
      grownFolders: grown,
      allowsRuntime: host.runtimeUpdates && base.allowsRuntime,
      needs: { ...base.needs, ownAddresses: ownAddresses() },
      contradictions: base.contradictions,
      globalLimits: base.limits,
      ...seen,
      onDisk: onDisk?.text,
      fileHash: onDisk && hashText(onDisk.text),
      isOurFile: wasInstalled(onDisk, installed),
    };
  }

  /**
   * The folders of certificates; of one that has grown too far, only what runs of it. If it isn't known what runs,
   * the lists of the last known good release count.
   */
  function holdGrown(
    folders: HeldFolders['folders'],
    {
      known,
      running,
      good,
      copies,
    }: Pick<Memory, 'known'> & Pick<HostObservation, 'running' | 'good' | 'copies'>,
  ): HeldFolders {
    if (known === undefined || folders.size === 0) return { folders, grown: [] };
    const runningOrGood =
      running ?? (good && { ...readParsed(good.release.text, known), files: good.release.files });
    return holdGrownFolders(known.config, { running: runningOrGood, folders, copies: copies.files });
  }

  function causesOfRefusals(memory: Memory): Promise<string | undefined> {
    const blame = refusedParts(memory);
    if (blame.length === 0) return Promise.resolve(undefined);
    // If the causes can't be read, only the back-off decides when the text is tried again.
    return fingerprintCauses(blame, [host.live.path, host.live.candidate, host.live.folder]).catch(
      () => undefined,
    );
  }

  /** Undefined if HAProxy isn't up, if it isn't time for another listing, or if HAProxy doesn't give one. */
  async function listHeld(isUp: boolean): Promise<readonly HeldServer[] | undefined> {
    const began = performance.now();
    if (!isUp || began < nextListingAt) return undefined;
    const servers = await findHeldServers(host.sockets.runtime, host.state).catch(() => undefined);
    const ended = performance.now();
    nextListingAt = ended + Math.min(LONGEST_REST_MS, (ended - began) * REST_FACTOR);
    return servers;
  }

  async function hashOfFile(): Promise<string | undefined> {
    const file = await readLive();
    return file && hashText(file.text);
  }

  async function haveFilesChanged(): Promise<boolean> {
    const { all, damaged } = files;
    return JSON.stringify(await findDamaged(all)) !== JSON.stringify(damaged);
  }

  return { observe, haveFilesChanged, causes: causesOfRefusals, fileHash: hashOfFile };
}

/**
 * True if the file is the one that we installed last; undefined if there is no file, or no note of an installed one.
 */
function wasInstalled(file: TextOnDisk | undefined, installed: Installed | undefined): boolean | undefined {
  return file === undefined || installed === undefined ? undefined : isSameFile(file, installed);
}

/**
 * Gives the live file; it is read only if it is neither the one that was read last nor the one that we installed with
 * a text that we remember.
 */
function createFileReader(
  path: string,
): (good?: LastKnownGood, installed?: Installed) => Promise<TextOnDisk | undefined> {
  let last: TextOnDisk | undefined;
  return async (good, installed) => {
    const now = await fileIdentity(path);
    const ours = installed?.text === undefined ? undefined : { ...installed, text: installed.text };
    const known = [last, ours].find(
      (each) => now !== undefined && each !== undefined && isSameFile(each, now),
    );
    last = known ?? (await readTextFile(path));
    // To save memory, an equal text shares the string of the last known good release.
    if (last !== undefined && last.text === good?.release.text) last = { ...last, text: good.release.text };
    return last;
  };
}

/** The running text with the files that it names; `files` is undefined if one of them is missing or damaged. */
async function withFiles(
  parsed: ParsedText,
  good: LastKnownGood | undefined,
  folder: string,
): Promise<ParsedText> {
  if (parsed.text === good?.release.text) return { ...parsed, files: good.release.files };
  return { ...parsed, files: await readReleaseFiles(folder, releaseFilesNamedIn(parsed.text, folder)) };
}

/** Parses a text, unless it equals `known`, or what the last call got as `known` or returned. */
function createTextReader(): (text: string, known: ParsedText | undefined) => ParsedText {
  let before: readonly (ParsedText | undefined)[] = [];
  return (text, known) => {
    const same = [known, ...before].find((each) => each?.text === text);
    const read = same ?? { text, config: parseConfigText(text, known?.config) };
    before = [known, read];
    return read;
  };
}
