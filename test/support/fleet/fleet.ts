import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateAuthority } from './certificates.ts';
import { createAuthority } from './certificates.ts';
import type { Etcd } from '../etcd/etcd.ts';
import { etcdUrl, startEtcd } from '../etcd/etcd.ts';
import type { LoadBalancerHost } from './host.ts';
import { createHost } from './host.ts';
import { createNetwork, hostAddress } from '../sandbox/network.ts';
import type { Nodes } from './nodes.ts';
import { startNodes } from './nodes.ts';
import type { CommandResult, RunningProcess } from '../sandbox/processes.ts';
import { runCommand } from '../sandbox/processes.ts';
import type { ProducerSpec } from './producer.ts';
import { producerFlags, startProducer } from './producer.ts';
import { bundlePath, programPath, scratchFolder } from '../sandbox/programs.ts';

const ETCD_PORT = 2379;

export interface FleetSpec {
  /** Names of the load-balancer hosts, default lb-1 and lb-2. */
  readonly hosts?: readonly string[];
  /** Names of the nodes, default worker-a and worker-b. */
  readonly nodes?: readonly string[];
  /** The HAProxy of every host, default the system's own. */
  readonly haproxyBinary?: string;
  /** Whether HAProxy runs on the hosts when the fleet is up, default true. */
  readonly haproxy?: boolean;
  /** Whether the consumers run when the fleet is up, default true. */
  readonly consumers?: boolean;
  /** Additional lines of every host's own haproxy.cfg. */
  readonly baseConfig?: string;
  /** Gives further flags for etcd, and the URL under which the programs reach it; by default none, and etcd's own. */
  readonly etcd?: (place: EtcdPlace) => Promise<EtcdWay>;
}

/** What the flags of an etcd may depend on. */
export interface EtcdPlace {
  /** The URL on which etcd will listen. */
  readonly url: string;
  readonly folder: string;
  readonly authority: CertificateAuthority;
}

/** How etcd is started and reached. */
export interface EtcdWay {
  /** Further flags of etcd, without their dashes. */
  readonly flags?: Readonly<Record<string, string>>;
  /** The URL that the programs use; by default etcd's own. */
  readonly url?: string;
}

/** etcd, load-balancer hosts and nodes on one bridge; a sandbox can have one fleet at a time. */
export interface Fleet {
  readonly folder: string;
  /** The folder of all logs. */
  readonly logs: string;
  readonly etcd: Etcd;
  readonly hosts: readonly LoadBalancerHost[];
  readonly nodes: Nodes;
  readonly authority: CertificateAuthority;
  /** The certificate folder, which all hosts share. */
  readonly certificateDir: string;
  host(name: string): LoadBalancerHost;
  /** Writes a certificate for these names into the certificate folder, by default as `<first name>.pem`. */
  addCertificate(names: readonly string[], file?: string): Promise<void>;
  startProducer(source: ProducerSpec['source'], ...flags: readonly string[]): RunningProcess;
  /** Runs a producer's command to its end. */
  runProducer(
    command: string,
    source: ProducerSpec['source'],
    ...flags: readonly string[]
  ): Promise<CommandResult>;
  /** Returns the last lines of every log, for the message of a failed test. */
  logTails(lines?: number): string;
  /** Kills all processes of the fleet and removes its folder. */
  close(): Promise<void>;
}

/** Starts a fleet; waits until etcd, the nodes and HAProxy answer, but not for the consumers. */
export async function startFleet(spec: FleetSpec = {}): Promise<Fleet> {
  const folder = mkdtempSync(join(scratchFolder(), 'fleet-'));
  const [logs, certificateDir] = [join(folder, 'logs'), join(folder, 'ssl')];
  for (const path of [logs, certificateDir]) mkdirSync(path);
  const places = (spec.hosts ?? ['lb-1', 'lb-2']).map((name, index) => ({
    name,
    address: hostAddress(index + 1),
  }));
  await createNetwork(places);
  const authority = await createAuthority(join(folder, 'authority'));
  const { etcd, url } = await startOwnEtcd(spec, { folder, logs, authority });
  const nodes = await startNodes(spec.nodes ?? ['worker-a', 'worker-b'], { logs, authority });
  const { haproxyBinary = programPath('haproxy'), baseConfig = '' } = spec;
  const shared = { logs, certificateDir, etcdUrl: url, baseConfig, haproxyBinary };
  const hosts = places.map((place) => createHost({ ...place, ...shared, folder: join(folder, place.name) }));
  const producers: RunningProcess[] = [];
  const fleet: Fleet = {
    folder,
    logs,
    etcd,
    hosts,
    nodes,
    authority,
    certificateDir,
    host: (name) => {
      const host = hosts.find((each) => each.name === name);
      if (host === undefined) throw new Error(`no host ${name}`);
      return host;
    },
    addCertificate: async (names, file = `${names[0] ?? ''}.pem`) => {
      const { cert, key } = await authority.issue(names);
      writeFileSync(join(certificateDir, file), cert + key, { mode: 0o600 });
    },
    startProducer: (source, ...flags) => {
      const producer = startProducer({ source, flags, ...shared });
      producers.push(producer);
      return producer;
    },
    runProducer: (command, source, ...flags) =>
      runCommand([
        process.execPath,
        bundlePath('producer'),
        command,
        ...producerFlags({ source, flags, ...shared }),
      ]),
    logTails: (lines = 6) => tails(logs, lines),
    close: async () => {
      await Promise.all(
        [...producers, ...hostProcesses(hosts), nodes.process, etcd.process()].map((each) => each.kill()),
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (spec.haproxy !== false) await Promise.all(hosts.map((host) => host.startHaproxy()));
  if (spec.consumers !== false) for (const host of hosts) host.startConsumer();
  return fleet;
}

/** Starts etcd; returns it and the URL under which the programs reach it. */
async function startOwnEtcd(
  spec: FleetSpec,
  { logs, ...place }: Pick<Fleet, 'folder' | 'logs' | 'authority'>,
): Promise<{ readonly etcd: Etcd; readonly url: string }> {
  const way = await spec.etcd?.({ url: etcdUrl(ETCD_PORT), ...place });
  const { folder } = place;
  const etcd = await startEtcd({ name: 'etcd', folder, logs, port: ETCD_PORT, flags: way?.flags ?? {} });
  return { etcd, url: way?.url ?? etcd.url };
}

function hostProcesses(hosts: readonly LoadBalancerHost[]): RunningProcess[] {
  return hosts.flatMap((host) => host.processes());
}

/** Longer lines of a log are cut, in characters. */
const LONGEST_LINE = 400;

function tails(logs: string, lines: number): string {
  return readdirSync(logs)
    .map((file) => {
      const last = readFileSync(join(logs, file), 'utf8').trimEnd().split('\n').slice(-lines);
      return [`--- ${file}`, ...last.map((line) => line.slice(0, LONGEST_LINE))].join('\n');
    })
    .join('\n');
}
