import { join } from 'node:path';
import type { Logger } from '@kubefigurator/daemon';
import type { Gate } from '@kubefigurator/haproxy-config';
import type { EtcdSettings } from '@kubefigurator/etcd-store';
import { createGate } from '@kubefigurator/haproxy-config';
import type { ApplyWay } from './apply-way.ts';
import { applyWayOf } from './apply-way.ts';
import type { ApplySettings } from '../settings.ts';
import type { CertificateCopyStore } from './certificate-copies.ts';
import { createCertificateCopies } from './certificate-copies.ts';
import type { Environment } from '../haproxy/check.ts';
import type { LiveFile } from './release-files.ts';
import type { ForeignPorts } from './foreign-ports.ts';
import { createForeignPorts } from './foreign-ports.ts';
import { locateLiveFile } from './release-files.ts';
import type { Sockets } from '../haproxy/observe.ts';
import type { Descriptors } from '../haproxy/descriptors.ts';
import { createDescriptors } from '../haproxy/descriptors.ts';
import type { AdminStateCarryOver } from '../haproxy/admin-state.ts';
import { createAdminStateCarryOver } from '../haproxy/admin-state.ts';
import type { StateFolder } from '../state/ledger.ts';
import { openStateFolder, stateFolderAt } from '../state/ledger.ts';
import { withFolderLock } from '../state/lock.ts';

/** Everything that an apply needs to know about this host: paths, sockets and permissions. */
export interface Host {
  readonly name: string;
  readonly live: LiveFile;
  /** The operator's files, in the order in which HAProxy loads them. */
  readonly baseConfigs: readonly string[];
  /** The haproxy program that checks a candidate. */
  readonly binary: string;
  readonly env: Environment;
  /** The most memory of a check of HAProxy, in bytes; undefined for no limit. */
  readonly checkMemoryBytes: number | undefined;
  readonly foreignPorts: ForeignPorts;
  readonly sockets: Sockets;
  /** How HAProxy is made to read its files. */
  readonly way: ApplyWay;
  readonly gate: Gate;
  readonly certificateCopies: CertificateCopyStore;
  readonly state: StateFolder;
  /** The longest random delay of a reload, in milliseconds. */
  readonly reloadJitterMs: number;
  readonly adminState: AdminStateCarryOver;
  readonly descriptors: Descriptors;
  /** The most of HAProxy's connections that one frontend may have, in percent. */
  readonly frontendShare: number;
  /** True if servers and certificates may be changed at run time. */
  readonly runtimeUpdates: boolean;
  /** True if a text is refused as a whole instead of leaving out what this host can't take. */
  readonly strict: boolean;
}

/**
 * The longest text that a host accepts, in characters: twice as long as that of 5,000 Services on 50 nodes. An agent
 * needs some 300 MB to read it.
 */
const MAX_TEXT_LENGTH = 24 * 1024 * 1024;

type GateSettings = Pick<ApplySettings, 'allowSection' | 'allowLocalServers' | 'certificateDir' | 'fileDir'>;

/** The gate with the permissions of the settings. */
export function createHostGate(settings: GateSettings): Gate {
  return createGate({
    allowSections: settings.allowSection,
    allowLocalServers: settings.allowLocalServers,
    folders: { certificates: settings.certificateDir, data: settings.fileDir },
    maxLength: MAX_TEXT_LENGTH,
  });
}

/** The copies of certificates of a host; their folder is beside dynamic.cfg, like everything that HAProxy reads. */
export function certificateCopiesOf(
  stateDirectory: string,
  { folder, path }: Pick<LiveFile, 'folder' | 'path'>,
): CertificateCopyStore {
  const copies = join(folder, 'copies');
  return createCertificateCopies({
    folder: copies,
    exclusively: (work) => withFolderLock(copies, work),
    index: join(stateDirectory, 'certificate-copies.json'),
    keepers: [path, join(stateDirectory, 'last-known-good.cfg')],
  });
}

/** The settings that describe a host; the rest of an apply's settings is about etcd. */
export type HostSettings = Omit<ApplySettings, keyof EtcdSettings>;

interface HostContext {
  readonly env: Environment;
  readonly log: Logger;
}

/** Describes the host; makes the state folder if it is missing. Throws OperatorError. */
export async function openHost(settings: HostSettings, context: HostContext): Promise<Host> {
  await openStateFolder(settings.stateDirectory);
  return viewHost(settings, context);
}

/** Describes the host for a command that changes nothing. Throws OperatorError. */
export async function viewHost(settings: HostSettings, { env, log }: HostContext): Promise<Host> {
  const live = await locateLiveFile(settings.haproxyConfig);
  const state = stateFolderAt(settings.stateDirectory, live.folder);
  return {
    name: settings.hostName,
    live,
    baseConfigs: settings.haproxyBaseConfig,
    binary: settings.haproxyBinary,
    env,
    checkMemoryBytes: settings.checkMemory === 0 ? undefined : settings.checkMemory * 2 ** 20,
    sockets: { master: settings.haproxyMasterSocket, runtime: settings.haproxyRuntimeSocket },
    way: applyWayOf(settings),
    gate: createHostGate(settings),
    certificateCopies: certificateCopiesOf(settings.stateDirectory, live),
    state,
    adminState: createAdminStateCarryOver({ runtimeSocket: settings.haproxyRuntimeSocket, state, log }),
    descriptors: createDescriptors(settings.haproxyRuntimeSocket),
    foreignPorts: createForeignPorts(),
    reloadJitterMs: settings.reloadJitter,
    frontendShare: settings.frontendShare,
    runtimeUpdates: settings.runtimeUpdates,
    strict: settings.strict,
  };
}
