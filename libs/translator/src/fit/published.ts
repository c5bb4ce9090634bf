import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import { publishedPart, standsPublished } from '../claims/published.ts';
import type { StandingBackends } from '../claims/standing-backends.ts';
import type { StandingClaims } from '../claims/standing.ts';
import type { BackendIntent, Intent, TlsIntent } from '../intent/intent.ts';
import { addSizes, backendSize, serverSize, serverTlsCost } from '../limits/size.ts';

/** What the last published text has, of which a new one takes nothing away. */
export interface Standing {
  readonly claims: StandingClaims;
  readonly backends: StandingBackends;
  /** Absolute; the text names certificates in it. */
  readonly certificateDir: string;
  /** The number of nodes, each of which is a server of each port. */
  readonly nodes: number;
}

/** What of a port stands published. */
export interface Published {
  /** True if it is all that the port asks for, its backend has no more characters and no more TLS now, and its certificate is the same. */
  readonly isWhole: (intent: Intent) => boolean;
  /** As much of it as stands published; undefined if it is new. */
  readonly partOf: (intent: Intent) => Intent | undefined;
}

export const NOTHING_PUBLISHED: Published = { isWhole: () => false, partOf: () => undefined };

export function createPublishedParts(standing: Standing): Published {
  const parts = new Map<Intent, Intent | undefined>();
  const partOf = (intent: Intent): Intent | undefined => {
    if (!parts.has(intent)) parts.set(intent, readPart(intent, standing));
    return parts.get(intent);
  };
  const isWhole = (intent: Intent): boolean =>
    standsPublished(intent, standing.claims) &&
    partOf(intent)?.backend === intent.backend &&
    partOf(intent)?.tls === intent.tls;
  return { isWhole, partOf };
}

/** Its names and addresses that stand published; its backend as it stands if it has grown since, and its certificate as it stands. */
function readPart(intent: Intent, standing: Standing): Intent | undefined {
  const part = publishedPart(intent, standing.claims);
  if (part === undefined) return undefined;
  const backend = standing.backends(intent.source);
  return {
    ...part,
    ...(backend !== undefined && hasGrown(intent, backend, standing.nodes) ? { backend } : {}),
    tls: publishedTls(part, standing),
  };
}

function hasGrown(intent: Intent, backend: BackendIntent, nodes: number): boolean {
  const sizeWith = (own: Intent): number => addSizes(backendSize(own), serverSize(own), nodes).characters;
  return (
    sizeWith(intent) > sizeWith({ ...intent, backend }) ||
    serverTlsCost(intent.backend) > serverTlsCost(backend)
  );
}

/**
 * The certificate that stands published: the new one may have a longer name, or be one more on the bind, where others
 * ask for the one before.
 */
function publishedTls(part: Intent, { claims, certificateDir }: Standing): TlsIntent | undefined {
  const { tls, source, bind } = part;
  if (tls === undefined) return undefined;
  const [address = ''] = bind.addresses.kind === 'addresses' ? bind.addresses.addresses : [];
  const stood = claims
    .get(formatAddressPort(address, bind.port))
    ?.sources.get(sourceKey(source))?.certificate;
  if (stood?.startsWith(`${certificateDir}/`) !== true) return tls;
  const certificate = stood.slice(certificateDir.length + 1);
  return certificate === tls.certificate ? tls : { certificate };
}
