import { formatAddressPort, sourceKey } from '@kubefigurator/config-model';
import { publishedPart, standsPublished } from '../claims/published.ts';
import type { StandingBackends } from '../claims/standing-backends.ts';
import type { Remembered, StandingClaims } from '../claims/standing.ts';
import type { BackendIntent, Intent, TlsIntent } from '../intent/intent.ts';
import { pathInFolder } from '../options/values/certificate-file.ts';
import { addSizes, backendSize, serverSize, serverTlsCost } from '../limits/size.ts';

/** What the last published text has; a new text takes nothing of it away. */
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
  /**
   * True if all that the port asks for is published: its binds and host names, the same certificate, and a backend with no
   * fewer characters and no less TLS than now.
   */
  readonly isWhole: (intent: Intent) => boolean;
  /** The part of the port that stands published; undefined if the port is new. */
  readonly partOf: (intent: Intent) => Intent | undefined;
}

export const NOTHING_PUBLISHED: Published = { isWhole: () => false, partOf: () => undefined };

export function createPublishedParts(standing: Standing): Published {
  const parts = new Map<Intent, Intent | undefined>();
  const partOf = (intent: Intent): Intent | undefined => {
    if (!parts.has(intent)) parts.set(intent, readPart(intent, standing));
    return parts.get(intent);
  };
  // `partOf` keeps the backend of the intent unless it has grown, and its TLS unless the certificate is another one.
  const isWhole = (intent: Intent): boolean =>
    standsPublished(intent, standing.claims) &&
    partOf(intent)?.backend === intent.backend &&
    partOf(intent)?.tls === intent.tls;
  return { isWhole, partOf };
}

/** The names and addresses that stand published, with the published certificate, and the published backend if the new one is larger. */
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
  const sizeOf = (port: Intent): number => addSizes(backendSize(port), serverSize(port), nodes).characters;
  return (
    sizeOf(intent) > sizeOf({ ...intent, backend }) || serverTlsCost(intent.backend) > serverTlsCost(backend)
  );
}

/**
 * The TLS with the certificate that stands published. A new one may need more room: its name may be longer, and the bind
 * may have one more if other ports still ask for the one before.
 */
function publishedTls(part: Intent, { claims, certificateDir }: Standing): TlsIntent | undefined {
  const { tls } = part;
  if (tls === undefined) return undefined;
  const remembered = rememberedOf(part, claims);
  // While a guard holds an earlier certificate, the text names several for the source, in any order.
  const { certificate: stood, certificates = [] }: Partial<Remembered> = remembered ?? {};
  if (certificates.includes(pathInFolder(certificateDir, tls.certificate))) return tls;
  if (stood?.startsWith(`${certificateDir}/`) !== true) return tls;
  const certificate = stood.slice(certificateDir.length + 1);
  return certificate === tls.certificate ? tls : { certificate };
}

/** What stands published of a port on the first of its addresses. */
function rememberedOf({ bind, source }: Intent, claims: StandingClaims): Remembered | undefined {
  const [address = ''] = bind.addresses.kind === 'addresses' ? bind.addresses.addresses : [];
  return claims.get(formatAddressPort(address, bind.port))?.sources.get(sourceKey(source));
}
