import { compareBy, sourceKey, uniqueSources } from '@kubefigurator/config-model';
import type { SourceRef } from '@kubefigurator/config-model';
import type { Claims, HeldBind } from '../claims/claims.ts';
import type { Directive, Intent, Server } from '../intent/intent.ts';
import { rememberLast } from '../remember.ts';
import type { NodePool } from '../servers/pooled-node.ts';
import type { ServersOf } from '../servers/servers.ts';
import { createServers } from '../servers/servers.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import { assertValidModel } from './assert-valid-model.ts';
import { buildBindCertificates } from './bind-certificates.ts';
import { backendName, compareBySource, frontendName } from './names.ts';
import type { Backend, BindTls, Frontend, ProxyModel } from './proxy-model.ts';
import { createRoutes } from './routes.ts';

const HTTP_ALPN = ['h2', 'http/1.1'] as const;
/** A failed connection is tried again, each time on another server. */
const RETRIES: readonly Directive[] = [{ words: ['retries', 3] }, { words: ['option', 'redispatch', 1] }];
/** Tells the servers that the client used TLS. */
const FORWARDED_PROTO: Directive = { words: ['http-request', 'set-header', 'X-Forwarded-Proto', 'https'] };

/** Builds HAProxy's model from the claims; throws if HAProxy couldn't run it, which is a bug. */
export function buildModel(
  { binds, reservations }: Claims,
  nodes: NodePool,
  settings: TranslatorSettings,
  guardedServers: GuardedServers = new Map(),
): ProxyModel {
  const served = withOneBackend(new Set(binds.flatMap((bind) => bind.holders)));
  const serversOf = withGuarded(serversOnce(nodes), guardedServers);
  const model = {
    frontends: binds.map((bind) => buildFrontend(bind, settings)),
    backends: served
      .sort(compareBySource)
      .map((intent) =>
        guardedServers.has(sourceKey(intent.source))
          ? buildBackend(intent, serversOf)
          : backendOnce(intent, nodes),
      ),
    reservations,
  };
  assertValidModel(model);
  return model;
}

/** Servers that a guard adds to a backend, by the `sourceKey` of its source. */
type GuardedServers = ReadonlyMap<string, readonly Server[]>;

function withGuarded(serversOf: ServersOf, guarded: GuardedServers): ServersOf {
  if (guarded.size === 0) return serversOf;
  return (intent) => {
    const asked = serversOf(intent);
    const names = new Set(asked.map(({ name }) => name));
    const more = guarded.get(sourceKey(intent.source))?.filter(({ name }) => !names.has(name)) ?? [];
    return more.length === 0 ? asked : [...asked, ...more].sort(compareBy(({ name }) => name));
  };
}

/** The intents whose backends are written, one for each source: what the source asks for goes before what a guard holds. */
function withOneBackend(served: ReadonlySet<Intent>): Intent[] {
  const asking = [...served].filter((intent) => !isHeld(intent));
  const held = [...served].filter(isHeld);
  if (held.length === 0) return asking;
  const onlyHeld = new Map(held.map((intent) => [sourceKey(intent.source), intent]));
  for (const { source } of asking) onlyHeld.delete(sourceKey(source));
  return [...asking, ...onlyHeld.values()];
}

function isHeld({ servers }: Intent): boolean {
  return servers.kind === 'standing';
}

function buildFrontend(bind: HeldBind, settings: TranslatorSettings): Frontend {
  const { address, port, mode, tls } = bind;
  const holders = [...bind.holders].sort(compareBySource);
  const catchAll = holders.find((intent) => intent.hosts.length === 0);
  const bindTls = tls ? { tls: buildTls(bind, holders, settings) } : {};
  return {
    name: frontendName(address, port),
    mode,
    bind: { address, port, ...bindTls },
    routes: createRoutes(holders),
    ...(catchAll && { defaultBackend: { backend: backendName(catchAll.source), source: catchAll.source } }),
    sources: sourcesOf(holders),
  };
}

function sourcesOf(holders: readonly Intent[]): readonly SourceRef[] {
  const sources = holders.map((intent) => intent.source);
  return holders.some(isHeld) ? uniqueSources(sources) : sources;
}

function buildTls(bind: HeldBind, holders: readonly Intent[], settings: TranslatorSettings): BindTls {
  return { ...buildBindCertificates(bind, holders, settings), alpn: bind.mode === 'http' ? HTTP_ALPN : [] };
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
    ...(intent.servers.kind === 'standing' && { section: intent.servers.section }),
  };
}

const serversOnce = rememberLast(createServers);
/** Most backends are what they were in the pass before. */
const backendOnce = rememberLast((intent: Intent, nodes: NodePool): Backend =>
  buildBackend(intent, serversOnce(nodes)),
);

/** The balance algorithm, the lines that keep our promises with any base file, and the lines that options add. */
function directivesOf({ mode, tls, backend }: Intent): readonly Directive[] {
  return [
    { words: ['balance', ...backend.balance] },
    ...RETRIES,
    ...(mode === 'http' && tls !== undefined ? [FORWARDED_PROTO] : []),
    ...backend.directives,
  ];
}
