import { sourceKey } from '@kubefigurator/config-model';
import type { Memories } from './claims/memory.ts';
import { isServedOnAddress, isServedOnPort } from './claims/published.ts';
import type { StandingBackends } from './claims/standing-backends.ts';
import type { StandingClaims } from './claims/standing.ts';
import type { Diagnostic } from './diagnostics/diagnostics.ts';
import { readIntents } from './dialects/dialects.ts';
import type { Published } from './fit/published.ts';
import { createPublishedParts } from './fit/published.ts';
import type { Intent, Naming } from './intent/intent.ts';
import { limitIntents } from './limits/limit.ts';
import { permitLocalAddresses } from './limits/local-addresses.ts';
import { permitWellKnownPorts } from './limits/well-known-ports.ts';
import { applyPolicy } from './policy/apply-policy.ts';
import { countServingNodes } from './servers/nodes.ts';
import type { TranslatorSettings } from './snapshot/settings.ts';
import type { ClusterSnapshot } from './snapshot/snapshot.ts';

/** Runs one stage of a pass, and may measure its duration. */
export type RunStage = <T>(stage: string, work: () => T) => T;

/** What Services ask for and may have, before it is decided which of them gets it. */
export interface WithinLimits {
  readonly intents: readonly Intent[];
  /** As `Reading.namings`; those of ports that the policy refuses are among them, unlike in `memories`. */
  readonly namings: readonly Naming[];
  /** What decides between the intents besides their age. */
  readonly memories: Memories;
  readonly published: Published;
  readonly diagnostics: readonly Diagnostic[];
}

export interface ReadOptions {
  /** The claims in the standing text, before the policy is applied to them. */
  readonly standing: StandingClaims;
  readonly backends: StandingBackends;
  readonly run: RunStage;
}

/** The first stages from a snapshot to the text: read → permit → limit. */
export function readWithinLimits(
  snapshot: ClusterSnapshot,
  settings: TranslatorSettings,
  { standing: standingBefore, backends, run }: ReadOptions,
): WithinLimits {
  const { limits, specificAddressWins, hostNamesPerBind, certificateDir } = settings;
  const reading = run('read', () => readIntents(snapshot, settings));
  const policy = applyPolicy(settings.policy, snapshot.namespaces);
  const permitted = run('permit', () => {
    const standing = policy.standing(standingBefore);
    const isOnPort = (intent: Intent): boolean => isServedOnPort(intent, standing);
    const isOnAddress = (intent: Intent, address: string): boolean =>
      isServedOnAddress(intent, address, standing);
    const allowed = policy.permit(reading.intents);
    const ports = permitWellKnownPorts(allowed.intents, { settings, isOnPort });
    const addresses = permitLocalAddresses(ports.intents, { settings, isOnAddress });
    return {
      standing,
      intents: addresses.intents,
      refused: allowed.refused,
      diagnostics: [...allowed.diagnostics, ...ports.diagnostics, ...addresses.diagnostics],
    };
  });
  const { standing } = permitted;
  const nodes = countServingNodes(snapshot.nodes, settings);
  const published = createPublishedParts({ claims: standing, backends, certificateDir, nodes });
  const bounds = { limits, nodes, standsPublished: published.isWhole };
  const limited = run('limit', () => limitIntents(permitted.intents, bounds));
  const counted = run('limit', () => policy.count(limited.intents, published.isWhole));
  const refused = new Set([...permitted.refused, ...counted.refused]);
  // Nothing stays reserved for a port that the policy refuses.
  const namings = reading.namings.filter(
    ({ source }) => refused.size === 0 || !refused.has(sourceKey(source)),
  );
  return {
    intents: counted.intents,
    namings: reading.namings,
    published,
    memories: {
      ...{ standing, namings, specificAddressWins, hostNamesPerBind, limits, certificateDir },
      ...policy.owners,
    },
    diagnostics: [
      ...reading.diagnostics,
      ...permitted.diagnostics,
      ...limited.diagnostics,
      ...counted.diagnostics,
    ],
  };
}
