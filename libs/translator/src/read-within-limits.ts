import type { Memories } from './claims/memory.ts';
import { isServedOnAddress, isServedOnPort } from './claims/published.ts';
import type { StandingBackends } from './claims/standing-backends.ts';
import type { StandingClaims } from './claims/standing.ts';
import type { Diagnostic } from './diagnostics/diagnostics.ts';
import { read } from './dialects/dialects.ts';
import type { Published } from './fit/published.ts';
import { createPublishedParts } from './fit/published.ts';
import type { Intent } from './intent/intent.ts';
import { limit } from './limits/limit.ts';
import { permitAddresses } from './limits/local-addresses.ts';
import { permit } from './limits/well-known-ports.ts';
import { countServing } from './servers/nodes.ts';
import type { TranslatorSettings } from './snapshot/settings.ts';
import type { ClusterSnapshot } from './snapshot/snapshot.ts';

/** Runs one stage of a pass, and may measure its duration. */
export type RunStage = <T>(stage: string, work: () => T) => T;

/** What Services ask for and may have, whoever wins it. */
export interface WithinLimits {
  readonly intents: readonly Intent[];
  /** What decides between them besides their age. */
  readonly memories: Memories;
  readonly published: Published;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions {
  readonly standing: StandingClaims;
  readonly backends: StandingBackends;
  readonly run: RunStage;
}

/** The first stages from a snapshot to the text: read → permit → limit. */
export function readWithinLimits(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { standing, backends, run }: ReadOptions,
): WithinLimits {
  const { limits, specificAddressWins, hostNamesPerBind, certificateDir } = settings;
  const reading = run('read', () => read(snapshot, settings));
  const isOnPort = (intent: Intent): boolean => isServedOnPort(intent, standing);
  const isOnAddress = (intent: Intent, address: string): boolean =>
    isServedOnAddress(intent, address, standing);
  const permitted = run('permit', () => {
    const ports = permit(reading.intents, { settings, isOnPort });
    const addresses = permitAddresses(ports.intents, { settings, isOnAddress });
    return {
      intents: addresses.intents,
      diagnostics: [...ports.diagnostics, ...addresses.diagnostics],
    };
  });
  const nodes = countServing(snapshot.nodes, settings);
  const published = createPublishedParts({ claims: standing, backends, certificateDir, nodes });
  const bounds = { limits, nodes, standsPublished: published.isWhole };
  const limited = run('limit', () => limit(permitted.intents, bounds));
  return {
    intents: limited.intents,
    published,
    memories: { standing, namings: reading.namings, specificAddressWins, hostNamesPerBind, limits },
    diagnostics: [...reading.diagnostics, ...permitted.diagnostics, ...limited.diagnostics],
  };
}
