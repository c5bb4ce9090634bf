import type { ServiceRecord, TranslatorSettings } from '@kubefigurator/translator';
import { ANNOTATION_PREFIX, defaultTranslatorSettings } from '@kubefigurator/translator';
import { compileSnapshot } from '@kubefigurator/translator/testing';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CertificateAuthority } from '../../support/fleet/certificates.ts';
import { createAuthority } from '../../support/fleet/certificates.ts';
import type { HaproxyVersion, ServingHaproxy } from '../../support/haproxy/haproxy.ts';
import { serve } from '../../support/haproxy/haproxy.ts';
import type { AnsweringServers } from './answering-servers.ts';
import { createAnsweringServers } from './answering-servers.ts';

export const WORKER_A = '127.0.1.1';
export const WORKER_B = '127.0.1.2';

/**
 * Addresses that the Nodes report, and the loopback addresses where their servers listen. The latter are put into the
 * text in place of the former, since the translator would pass over a Node's loopback address.
 */
const STAND_INS = [
  ['10.1.0.11', WORKER_A],
  ['10.1.0.12', WORKER_B],
  ['2001:db8::11', '::1'],
  ['2001:db8::12', '::1'],
] as const;

/** A Service with one port, `http`. */
export interface ServiceSpec {
  readonly name: string;
  readonly nodePort: number;
  /** Keys without prefix and port. */
  readonly options: Readonly<Record<string, string>>;
  readonly ipFamilies?: ServiceRecord['ipFamilies'];
  readonly appProtocol?: string;
}

/** Certificates, servers, and HAProxies that run the rendered text of Services. */
export interface Stage {
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly servers: AnsweringServers;
  /** Puts a certificate for these names below the certificate folder; the first is its common name. */
  certificate(file: string, ...names: readonly string[]): Promise<void>;
  /** Renders Services, the oldest first, on two nodes. */
  render(services: readonly ServiceSpec[], settings?: Partial<TranslatorSettings>): string;
  /** Starts HAProxy with that text; it is stopped with the stage. */
  serve(
    haproxy: HaproxyVersion,
    services: readonly ServiceSpec[],
    settings?: Partial<TranslatorSettings>,
  ): Promise<ServingHaproxy>;
  /** Ends HAProxies and servers; the certificates stay. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Creates the stage of one test file. */
export async function createStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'kf-stage-'));
  const ssl = join(folder, 'ssl');
  mkdirSync(ssl);
  const authority = await createAuthority(join(folder, 'authority'));
  const servers = createAnsweringServers();
  const running: ServingHaproxy[] = [];
  let count = 0;
  const renderText: Stage['render'] = (services, settings = {}) =>
    compile(services, {
      ...defaultTranslatorSettings,
      certificateDir: ssl,
      localListenAddresses: true,
      ...settings,
    });
  const clear = async (): Promise<void> => {
    for (const haproxy of running.splice(0)) await haproxy.stop();
    await servers.close();
  };
  return {
    folder,
    authority,
    servers,
    render: renderText,
    clear,
    certificate: async (file, ...names) => {
      const { cert, key } = await authority.issue(names);
      mkdirSync(dirname(join(ssl, file)), { recursive: true });
      writeFileSync(join(ssl, file), cert + key);
    },
    serve: async (haproxy, services, settings) => {
      count += 1;
      const serving = await serve(haproxy, join(folder, String(count)), renderText(services, settings));
      running.push(serving);
      return serving;
    },
    close: async () => {
      await clear();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Throws if there is an error among the diagnostics, because then the test doesn't test what it intends. */
function compile(services: readonly ServiceSpec[], settings: TranslatorSettings): string {
  const snapshot = { services: services.map(toRecord), nodes: NODES };
  const { text, diagnostics } = compileSnapshot(snapshot, settings);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return STAND_INS.reduce((standing, [reported, actual]) => standing.replaceAll(reported, actual), text);
}

const NODES = [
  ['worker-a', '10.1.0.11', '2001:db8::11'],
  ['worker-b', '10.1.0.12', '2001:db8::12'],
].map(([name = '', ...addresses]) => ({
  name,
  labels: new Map<string, string>(),
  taints: [],
  deleting: false,
  addresses: addresses.map((address) => ({ type: 'InternalIP', address })),
}));

function toRecord(spec: ServiceSpec, index: number): ServiceRecord {
  const { name, nodePort, options, ipFamilies, appProtocol } = spec;
  return {
    namespace: 'test',
    name,
    createdAt: index,
    type: 'NodePort',
    ipFamilies: ipFamilies ?? ['IPv4'],
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      Object.entries(options).map(([option, text]) => [`${ANNOTATION_PREFIX}${option}`, text] as const),
    ),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort, ...(appProtocol && { appProtocol }) }],
  };
}
