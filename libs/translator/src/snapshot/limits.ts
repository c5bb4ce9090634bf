/** One row per limit of what a single Service may ask for; settings, messages and the reference page read this table. */
export const LIMITS = {
  listenAddresses: {
    flag: 'max-listen-addresses-per-service',
    default: 16,
    unit: 'listen addresses',
    help: 'listen addresses that one Service may have, over all of its ports',
  },
  hostNames: {
    flag: 'max-host-names-per-service',
    default: 1_000,
    unit: 'host names',
    help: 'host names that one Service may have, over all of its ports',
  },
  ports: {
    flag: 'max-ports-per-service',
    default: 200,
    unit: 'ports',
    help: 'ports of one Service that are served',
  },
  lines: {
    flag: 'max-lines-per-service',
    default: 10_000,
    unit: 'lines of text',
    help: 'lines that one Service may add to the text, without those of its servers',
  },
  characters: {
    flag: 'max-characters-per-service',
    default: 1_000_000,
    unit: 'characters of text',
    help: 'characters that one Service may add to the text: all of its lines but those of servers, and its options on the line of each server',
  },
  servers: {
    flag: 'max-servers-per-service',
    default: 50_000,
    unit: 'servers',
    help: 'servers that one Service may have, one for each of its ports and each Node',
  },
} as const satisfies Record<string, Limit>;

interface Limit {
  readonly flag: string;
  readonly default: number;
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly help: string;
}

export type LimitName = keyof typeof LIMITS;

/** What a single Service may ask for at most; whatever is above is left out and reported on that Service. */
export type ServiceLimits = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(LIMITS) as readonly LimitName[];

export const defaultServiceLimits: ServiceLimits = {
  listenAddresses: LIMITS.listenAddresses.default,
  hostNames: LIMITS.hostNames.default,
  ports: LIMITS.ports.default,
  lines: LIMITS.lines.default,
  characters: LIMITS.characters.default,
  servers: LIMITS.servers.default,
};
