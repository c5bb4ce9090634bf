import { CONFIG_HEADER } from '@kubefigurator/config-model';
import type { Excess, TextLimit } from '@kubefigurator/haproxy-config';
import { NO_MEMORIES } from '../claims/memory.ts';
import type { Claims, Fitted, LeftOutServices, Guarded, Intent, NodePool, StandingClaims } from '../index.ts';
import {
  guardedOfNamespace,
  addGuardedClaims,
  assign,
  claim,
  createPublishedParts,
  fit,
  NO_BACKENDS,
  NOTHING_GUARDED,
  NOTHING_STANDS,
  readStandingClaims,
} from '../index.ts';

interface Built {
  readonly text: string;
  readonly claims: Claims;
}

/** The result of `fit`, and how many texts it has built. */
export type FittedNames = Fitted<Built> & { readonly tries: number };

export interface Room {
  /** How many characters the text may have: it has one for each host name that is served, times the number of nodes. */
  readonly most: number;
  readonly standing?: StandingClaims;
  /** The names of the nodes. */
  readonly nodes?: readonly string[];
  /** The names of those that stand published; by default none. */
  readonly standingNodes?: readonly string[];
  /** From 0 to 1, which is all of the room and the default. */
  readonly namespaceShare?: number;
  /** By default a guard holds nothing. */
  readonly guarded?: Guarded;
  /** By default nothing was left out before. */
  readonly leftOutBefore?: LeftOutServices;
  /** By default nothing is estimated. */
  readonly limits?: readonly TextLimit[];
  /** The part of the room that every text may use, instead of the one that is asked for. */
  readonly part?: number;
}

/** A port with these host names. */
export function intent(service: string, hosts: readonly string[], port = 443, namespace = 'shop'): Intent {
  return {
    source: { namespace, service, port: 'http' },
    mode: 'http',
    bind: { addresses: { kind: 'addresses', addresses: ['*'] }, port },
    hosts: hosts.map((name) => ({ match: 'exact', name })),
    tls: undefined,
    backend: { balance: ['roundrobin'], tls: undefined, directives: [] },
    servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
  };
}

export function names(start: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${start}${index}.test`);
}

/** Fits a text of `x` alone: one for each host name that is served, times the number of nodes. */
export function fitNames(intents: readonly Intent[], room: Room): FittedNames {
  const { most, standing = NOTHING_STANDS, standingNodes = [], namespaceShare = 1 } = room;
  const nodes = (room.nodes ?? ['worker-a']).map((name) => ({ name, addresses: { IPv4: '10.1.0.11' } }));
  let tries = 0;
  const held = room.guarded ?? NOTHING_GUARDED;
  const claimAll = (some: readonly Intent[], stands = standing, guarded = held): Claims => {
    const memories = { ...NO_MEMORIES, standing: stands };
    return addGuardedClaims(claim(assign(some).placed, memories), guarded, memories);
  };
  const textOf = (claims: Claims, on: NodePool): Built => {
    tries += 1;
    const count = claims.binds.flatMap(({ holders }) => holders.flatMap(({ hosts }) => hosts)).length;
    return { text: 'x'.repeat(count * on.length), claims };
  };
  const buildText = (some: readonly Intent[], on: NodePool): Built => textOf(claimAll(some), on);
  const buildAlone = (some: readonly Intent[]): Built => {
    const own = guardedOfNamespace(held, some[0]?.source.namespace ?? '');
    return textOf(claimAll(some, NOTHING_STANDS, own), nodes);
  };
  const published = createPublishedParts({
    claims: standing,
    backends: NO_BACKENDS,
    certificateDir: '/etc/haproxy/ssl',
    nodes: nodes.length,
  });
  const excess = ({ text: { length: count } }: Built, asked: number): Excess[] => {
    const part = room.part ?? asked;
    return count > part * most
      ? [{ resource: 'characters', count, most, part, unit: 'names of this test' }]
      : [];
  };
  const result = fit(intents, {
    standing,
    published,
    nodes,
    buildText,
    excess,
    namespaceShare,
    limits: room.limits ?? [],
    repeatsRules: true,
    leftOutBefore: room.leftOutBefore,
    guardedNamespaces: new Set(room.guarded?.claims.map(({ source }) => source.namespace)),
    claimAll: (some) => claimAll(some),
    standingNodes: () => new Set(standingNodes),
    buildAlone,
  });
  return { ...result, tries };
}

/** The names of the Services and Nodes that are left out: those with a diagnostic. */
export function left({ diagnostics }: FittedNames): string[] {
  return diagnostics.map(({ object }) => object.name);
}

/** `<service> <number of names>` for each port that is served. */
export function served({ built }: FittedNames): string[] {
  return built.claims.binds.flatMap(({ holders }) =>
    holders.map(({ source, hosts }) => `${source.service} ${hosts.length}`),
  );
}

/** The claims of a text that serves these ports. */
export function standingOf(intents: readonly Intent[]): StandingClaims {
  const rules = intents.map(({ source: { namespace, service }, hosts }) => {
    const words = hosts.map(({ name }) => name).join(' ');
    return `  # service: ${namespace}/${service} port: http\n  use_backend b if { var(txn.host) -m str ${words} }`;
  });
  return readStandingClaims(
    `${CONFIG_HEADER}\n\nfrontend f\n  mode http\n  bind *:443\n${rules.join('\n')}\n`,
  );
}
