import type { Freeze, SourceRef } from '@kubefigurator/config-model';
import type {
  GrownFolder,
  HostNeeds,
  ListFacts,
  ParsedText,
  Release,
  ShownCertificate,
} from '@kubefigurator/haproxy-config';
import type { HeldServer } from './drift.ts';

/** Identifies a process: a later process with the same number has another start. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks between the machine's boot and the start of the process (proc(5), `stat` field 22). */
  readonly startTicks: number;
}

/** What `show proc` on the master socket says (management guide, section 9.4). */
export interface ShownProcesses {
  readonly master: {
    readonly pid: number;
    readonly reloads: number;
    readonly failed: number;
    readonly version: string;
  };
  /** Process numbers of the current workers. */
  readonly workers: readonly number[];
  /** Workers of earlier configs that still finish their connections. */
  readonly oldWorkers: readonly number[];
}

/** HAProxy on this host, as far as it can be observed. */
export type HaproxyState =
  | { readonly kind: 'down'; readonly reason: string }
  | {
      readonly kind: 'up';
      /** Undefined without a master socket. */
      readonly processes: ShownProcesses | undefined;
      /** The worker that takes new connections; undefined if none was found. */
      readonly worker: ProcessId | undefined;
      /** The files HAProxy was started with; undefined if they can't be read. */
      readonly configFiles: readonly string[] | undefined;
      /** False if HAProxy was started without dynamic.cfg; true also if that can't be read. */
      readonly loadsOurFile: boolean;
    };

/** What the ledger says of the release that was last seen to run. */
export interface LedgerEntry {
  readonly revision: string;
  /** SHA-256 of the release's text, in hex. */
  readonly hash: string;
  /** SHA-256 of the text as etcd had it, in hex; undefined in a ledger of an earlier version. */
  readonly published?: string | undefined;
  /** The worker that was seen to run it; undefined if there is no proof. */
  readonly worker: ProcessId | undefined;
  readonly method: string;
  /** Servers that our own command may have put into maintenance, in a change of the worker that didn't succeed. */
  readonly removing?: readonly string[] | undefined;
}

/** The last known good release. */
export interface KnownGood {
  readonly ledger: LedgerEntry;
  readonly release: Release;
}

/** A certificate of the running text: the file, and what HAProxy made of it. */
export interface CertificateState {
  /** The file that the text means. */
  readonly file: string;
  /** The name under which HAProxy knows it: another path if it was read from our copy. */
  readonly name: string;
  /** True if the text doesn't name the file itself, but the bundle that it belongs to. */
  readonly isInBundle: boolean;
  /** True if the text names our copy in place of the file. */
  readonly isFromCopy: boolean;
  /** True if HAProxy can't start with this text now: it names the file itself, which can't be loaded. */
  readonly blocksStart: boolean;
  readonly sources: readonly SourceRef[];
  readonly disk: CertificateOnDisk;
  /** How long ago the agent first saw the file as it is now, in milliseconds. */
  readonly unchangedMs: number;
  /** What HAProxy serves; undefined if it doesn't have the certificate, or if there is no socket to ask it by. */
  readonly served: ShownCertificate | undefined;
  /** Hosts of the running text, sorted, that no certificate of their bind names, and that this one should name; absent if none. */
  readonly unnamedHosts?: readonly string[] | undefined;
}

/** A certificate as its files are; the key in them never comes here. */
export type CertificateOnDisk =
  | {
      readonly kind: 'good';
      /** Equal for equal content: certificate, chain, key, and what HAProxy reads beside them. */
      readonly contentHash: string;
      /** SHA-1 of the certificate, upper-case hex. */
      readonly fingerprint: string;
      /** The number of further certificates in the file. */
      readonly chain: number;
      /** ISO 8601. */
      readonly notAfter: string;
      readonly isExpired: boolean;
      /** Why only a reload makes HAProxy serve it; undefined if the runtime API can. */
      readonly reloadFor: string | undefined;
    }
  /** HAProxy could not load it, or is not to; the reason may be that it is gone, or whose hosts it doesn't name. */
  | { readonly kind: 'broken'; readonly reason: string };

/** Our copy of a certificate that HAProxy was seen to serve. */
export interface CertificateCopy {
  /** The file that it was made of. */
  readonly file: string;
  /** Undefined after `forget-certificate`: HAProxy may serve a new certificate from the file, but not this one. */
  readonly path: string | undefined;
  /** Of the content, as in `CertificateOnDisk`. */
  readonly contentHash: string;
  /** The file as it is now. */
  readonly disk: CertificateOnDisk;
}

export interface CertificateCopies {
  readonly copies: readonly CertificateCopy[];
  /** From the path of each copy that a text may name, or that HAProxy may have read, to the file it was made of. */
  readonly files: ReadonlyMap<string, string>;
}

/** A file beside dynamic.cfg that somebody removed or changed: HAProxy would not start, or would run something else. */
export interface DamagedFile {
  readonly path: string;
  readonly isMissing: boolean;
}

/** The facts about this host at one moment: everything that `decide` may look at besides its memory. */
export interface Observation {
  readonly freeze: Freeze | undefined;
  readonly haproxy: HaproxyState;
  readonly good: KnownGood | undefined;
  /** The text of the live file; undefined if there is no file. */
  readonly onDisk: string | undefined;
  /** SHA-256 of the live file, in hex; undefined if there is no file. */
  readonly fileHash: string | undefined;
  /** False if somebody else wrote the live file; undefined if that isn't known. */
  readonly isOurFile: boolean | undefined;
  /** Files of the last known good release that are missing on disk, or have other content there. */
  readonly damagedFiles: readonly DamagedFile[];
  /** What the worker is proven to run, with the files of that release; undefined without a proof. */
  readonly running: ParsedText | undefined;
  /** True if a server that is changed at run time is the same as after a fresh start with the new text. */
  readonly allowsRuntime: boolean;
  /** What the release of this host needs besides the portable text. */
  readonly needs: HostNeeds;
  /** Servers that an operator holds; undefined if this observation didn't list them. */
  readonly held: readonly HeldServer[] | undefined;
  /** The folders of certificates that the wanted text names; a folder that has grown too far has only what runs of it. */
  readonly lists: ListFacts;
  /** Folders with so many new certificates that HAProxy keeps the list that it has of them. */
  readonly grownFolders: readonly GrownFolder[];
  /** A fingerprint of the files and ports that may be the cause of the present refusal; undefined if nothing is refused. */
  readonly causes: string | undefined;
  /** The certificates of the running text; undefined if it isn't known which text runs, or if HAProxy didn't answer. */
  readonly certificates: readonly CertificateState[] | undefined;
  readonly copies: CertificateCopies;
}
