import type { Claims, HeldBind } from '../claims/claims.ts';
import type { Directive, Intent } from '../intent/intent.ts';
import type { NodePool } from '../servers/pooled-node.ts';
import type { ServersOf } from '../servers/servers.ts';
import { createServers } from '../servers/servers.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import { assertValidModel } from './assert-valid-model.ts';
import { buildCertificates } from './bind-certificates.ts';
import { backendName, bySource, frontendName } from './names.ts';
import type { Backend, BindTls, Frontend, ProxyModel } from './proxy-model.ts';
import { createRoutes } from './routes.ts';

const HTTP_ALPN = ['h2', 'http/1.1'] as const;
const RETRIES: readonly Directive[] = [{ words: ['retries', 3] }, { words: ['option', 'redispatch', 1] }];
/** Tells the servers that the client used TLS. */
const FORWARDED_PROTO: Directive = { words: ['http-request', 'set-header', 'X-Forwarded-Proto', 'https'] };

/** Builds HAProxy's model from the claims; throws if it isn't one that HAProxy can run, which is a bug. */
export function buildModel(
  { binds, reservations }: Claims,
  nodes: NodePool,
  settings: TranslatorSettings,
): ProxyModel {
  const served = new Set(binds.flatMap((bind) => bind.holders));
  const serversOf = createServers(nodes);
  const model = {
    frontends: binds.map((bind) => buildFrontend(bind, settings)),
    backends: [...served].sort(bySource).map((intent) => buildBackend(intent, serversOf)),
    reservations,
  };
  assertValidModel(model);
  return model;
}

function buildFrontend(bind: HeldBind, settings: TranslatorSettings): Frontend {
  const { address, port, mode, tls } = bind;
  const holders = [...bind.holders].sort(bySource);
  const catchAll = holders.find((intent) => intent.hosts.length === 0);
  const bindTls = tls ? { tls: buildTls(bind, holders, settings) } : {};
  return {
    name: frontendName(address, port),
    mode,
    bind: { address, port, ...bindTls },
    routes: createRoutes(holders),
    ...(catchAll && { defaultBackend: { backend: backendName(catchAll.source), source: catchAll.source } }),
    sources: holders.map((intent) => intent.source),
  };
}

function buildTls(bind: HeldBind, holders: readonly Intent[], settings: TranslatorSettings): BindTls {
  return { ...buildCertificates(bind, holders, settings), alpn: bind.mode === 'http' ? HTTP_ALPN : [] };
}

function buildBackend(intent: Intent, serversOf: ServersOf): Backend {
  const { source, mode, backend } = intent;
  return {
    name: backendName(source),
    mode,
    source,
    directives: directivesOf(intent),
    ...(backend.tls && { serverTls: backend.tls }),
    ...(backend.http2 === true && { serverHttp2: true }),
    servers: serversOf(intent),
  };
}

/** The balance algorithm, the lines that keep our promises with any base file, and the lines that options add. */
function directivesOf({ mode, tls, backend }: Intent): readonly Directive[] {
  return [
    { words: ['balance', ...backend.balance] },
    ...RETRIES,
    ...(mode === 'http' && tls !== undefined ? [FORWARDED_PROTO] : []),
    ...backend.directives,
  ];
}
