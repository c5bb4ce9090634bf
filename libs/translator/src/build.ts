import type { Backend, BindTls, Frontend, ProxyModel, Server } from '@kubefigurator/config-model';
import { sortedUnique } from '@kubefigurator/config-model';
import { MOST_CERTIFICATES } from './allocate.ts';
import type { Allocation, BindAssignment } from './allocation.ts';
import { folderOf, inFolder } from './certificate-file.ts';
import { backendName, bySource, frontendName } from './names.ts';
import { createRoutes } from './routes.ts';
import type { TranslatorSettings } from './settings.ts';
import type { NodePools, PortIntent } from './translation.ts';

const HTTP_ALPN = ['h2', 'http/1.1'] as const;

/** Puts HAProxy's model together from who got what; decides nothing about Services any more. */
export function build(allocation: Allocation, settings: TranslatorSettings): ProxyModel {
  const served = new Set(allocation.binds.flatMap((bind) => bind.holders));
  return {
    frontends: allocation.binds.map((bind) => buildFrontend(bind, settings)),
    backends: [...served].sort(bySource).map((intent) => buildBackend(intent, allocation.nodes)),
  };
}

function buildFrontend(bind: BindAssignment, settings: TranslatorSettings): Frontend {
  const { address, port, mode, tls } = bind;
  const holders = [...bind.holders].sort(bySource);
  const catchAll = holders.find((intent) => intent.hosts.length === 0);
  const bindTls = tls ? { tls: buildTls(holders, mode === 'http', settings) } : {};
  return {
    name: frontendName(address, port),
    mode,
    bind: { address, port, ...bindTls },
    routes: createRoutes(holders),
    ...(catchAll && { defaultBackend: { backend: backendName(catchAll.source), source: catchAll.source } }),
    sources: holders.map((intent) => intent.source),
  };
}

function buildTls(holders: readonly PortIntent[], http: boolean, settings: TranslatorSettings): BindTls {
  const certificateSources = holders.flatMap(({ source, certificate }) =>
    certificate === undefined ? [] : { source, certificate: inFolder(settings.certificateDir, certificate) },
  );
  const asked = sortedUnique(certificateSources.map(({ certificate }) => certificate));
  const first = settings.defaultCertificate;
  const files = asked.length > MOST_CERTIFICATES ? sortedUnique(asked.map(folderOf)) : asked;
  const certificates =
    first === undefined ? files : withFirst(inFolder(settings.certificateDir, first), files);
  return { certificates, alpn: http ? HTTP_ALPN : [], certificateSources };
}

function withFirst(first: string, others: readonly string[]): string[] {
  return [first, ...others.filter((other) => other !== first)];
}

function buildBackend(intent: PortIntent, nodes: NodePools): Backend {
  const { source, mode, balance, serverTls, certificate, nodePort } = intent;
  return {
    name: backendName(source),
    mode,
    source,
    balance,
    forwardedProtoHttps: mode === 'http' && certificate !== undefined,
    ...(serverTls && { serverTls }),
    servers: nodes[intent.family].map(({ name, address }): Server => ({ name, address, port: nodePort })),
  };
}
