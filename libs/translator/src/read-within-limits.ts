import type { Memories } from './claims/memory.ts';
import { isServedOnPort, standsPublished } from './claims/published.ts';
import type { StandingClaims } from './claims/standing.ts';
import type { Diagnostic } from './diagnostics/diagnostics.ts';
import { read } from './dialects/dialects.ts';
import type { Intent } from './intent/intent.ts';
import { limit } from './limits/limit.ts';
import { permit } from './limits/well-known-ports.ts';
import type { TranslatorSettings } from './snapshot/settings.ts';
import type { ClusterSnapshot } from './snapshot/snapshot.ts';

/** Runs one stage of a pass, and may measure its duration. */
export type RunStage = <T>(stage: string, work: () => T) => T;

/** What Services ask for and may have, whoever wins it. */
export interface WithinLimits {
  readonly intents: readonly Intent[];
  /** What decides between them besides their age. */
  readonly memories: Memories;
  readonly diagnostics: readonly Diagnostic[];
}

/** The first stages from a snapshot to the text: read → permit → limit. */
export function readWithinLimits(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { standing, run }: { readonly standing: StandingClaims; readonly run: RunStage },
): WithinLimits {
  const { limits, specificAddressWins, hostNamesPerBind } = settings;
  const reading = run('read', () => read(snapshot, settings));
  const isOnPort = (intent: Intent): boolean => isServedOnPort(intent, standing);
  const permitted = run('permit', () => permit(reading.intents, { settings, isOnPort }));
  const isUnchanged = (intent: Intent): boolean => standsPublished(intent, standing);
  const limited = run('limit', () => limit(permitted.intents, { limits, standsPublished: isUnchanged }));
  return {
    intents: limited.intents,
    memories: { standing, namings: reading.namings, specificAddressWins, hostNamesPerBind, limits },
    diagnostics: [...reading.diagnostics, ...permitted.diagnostics, ...limited.diagnostics],
  };
}
