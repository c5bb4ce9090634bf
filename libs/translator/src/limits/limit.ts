import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import { cutList, formatCount } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import { rememberLast } from '../remember.ts';
import type { LimitName, ServiceLimits } from '../snapshot/limits.ts';
import { LIMIT_NAMES, LIMITS } from '../snapshot/limits.ts';
import { createUsage } from './usage.ts';

/** The intents that are within the limits of their Services, in their order. */
export interface Limited {
  readonly intents: readonly Intent[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface LimitOptions {
  readonly limits: ServiceLimits;
  /** The number of Nodes, each of which is a server of each port. */
  readonly nodes: number;
  /**
   * True if a port stands published with everything that it asks for: it counts before the others of its Service, and
   * is never left out because of the number of Nodes.
   */
  readonly standsPublished: (intent: Intent) => boolean;
}

/**
 * Leaves out the ports with which a Service would be over a limit. Ports that stand published unchanged count first, then
 * the others in the order of `spec.ports`. What a Service asks for has no effect on other Services.
 */
export function limitIntents(intents: readonly Intent[], options: LimitOptions): Limited {
  const services = new Map<string, Intent[]>();
  for (const intent of intents) {
    const key = `${intent.source.namespace}/${intent.source.service}`;
    const ports = services.get(key);
    if (ports === undefined) services.set(key, [intent]);
    else ports.push(intent);
  }
  const surplus = new Map<Intent, LimitName>();
  const diagnostics: Diagnostic[] = [];
  for (const ports of services.values()) {
    const found = surplusOf(ports, options);
    for (const [intent, name] of found) surplus.set(intent, name);
    diagnostics.push(...reportSurplus(ports, found, options));
  }
  return {
    intents: surplus.size === 0 ? intents : intents.filter((intent) => !surplus.has(intent)),
    diagnostics,
  };
}

type Surplus = ReadonlyMap<Intent, LimitName>;
const NONE: Surplus = new Map();

/** The ports of one Service that are left out, with the limit that each would exceed. */
function surplusOf(ports: readonly Intent[], options: LimitOptions): Surplus {
  const [only, second] = ports;
  if (only !== undefined && second === undefined && fitsAlone(only, options.limits, options.nodes))
    return NONE;
  // Nearly every Service is within its limits, and then the order of its ports doesn't matter.
  const usageOfAll = createUsage(options);
  if (ports.every((intent) => usageOfAll.add(intent, false) === undefined)) return NONE;
  const { standsPublished } = options;
  const usage = createUsage(options);
  const published = new Set(ports.filter(standsPublished));
  const inOrder = [...published, ...ports.filter((intent) => !published.has(intent))];
  return new Map(
    inOrder.flatMap((intent): [Intent, LimitName][] => {
      const name = usage.add(intent, published.has(intent));
      return name === undefined ? [] : [[intent, name]];
    }),
  );
}

/** Whether a Service with only this port is within its limits; most are what they were in the pass before. */
const fitsAlone = rememberLast(
  (intent: Intent, limits: ServiceLimits, nodes: number): boolean =>
    createUsage({ limits, nodes }).add(intent, false) === undefined,
);

/** One diagnostic of the Service for each limit that it exceeds. */
function reportSurplus(ports: readonly Intent[], surplus: Surplus, options: LimitOptions): Diagnostic[] {
  if (surplus.size === 0) return [];
  const { limits, nodes } = options;
  const total = countAll(ports, nodes);
  return LIMIT_NAMES.flatMap((name) => {
    // In the order of `spec.ports`: the message must not change once the other ports are published.
    const leftOut = ports.filter((intent) => surplus.get(intent) === name);
    const [first] = leftOut;
    if (first === undefined) return [];
    const { namespace, service } = first.source;
    const { unit, flag } = LIMITS[name];
    const which = cutList(leftOut.map(({ source }) => source.port));
    const message = `the Service has ${formatCount(total[name])} ${unit}, and one Service may have ${formatCount(limits[name])} (--${flag}): port${leftOut.length === 1 ? '' : 's'} ${which} ${leftOut.length === 1 ? 'is' : 'are'} left out; spread them over several Services`;
    return [
      createDiagnostic({
        code: 'over-limit',
        object: { kind: 'Service', namespace, name: service },
        message,
      }),
    ];
  });
}

const UNLIMITED: ServiceLimits = {
  listenAddresses: Infinity,
  hostNames: Infinity,
  ports: Infinity,
  lines: Infinity,
  characters: Infinity,
  servers: Infinity,
};

function countAll(ports: readonly Intent[], nodes: number): ServiceLimits {
  const usage = createUsage({ limits: UNLIMITED, nodes });
  for (const intent of ports) usage.add(intent, false);
  return usage.counts();
}
