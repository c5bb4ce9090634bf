import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { FleetNode } from '../support/fleet/nodes.ts';

/** Services that no change touches; they get requests during the whole run. */
export const UNTOUCHED = {
  http: [0, 1, 2, 3].map((index) => ({
    host: `calm-${String(index)}.example.com`,
    nodePort: 30_001 + index,
  })),
  https: { host: 'secure.example.com', nodePort: 30_005 },
  tcp: { port: 9000, nodePort: 30_006 },
};
/** The node ports of Services that change. */
const [MOVING_PORTS, PASSING_PORT, TLS_PORT] = [[30_010, 30_011], 30_012, 30_013];
/** In each round the listen port of one Service moves on by one, through `BINDS` ports from this one. */
const FIRST_BIND = 9100;
const BINDS = 50;

/** A change that makes one revision. */
export interface MixedChange {
  readonly what: string;
  make(): Promise<void>;
}

/** Manifests of every Service that exists before the first change. */
export function initialManifests(): Manifest[] {
  return [
    ...UNTOUCHED.http.map(({ host, nodePort }, index) =>
      web(`calm-${String(index)}`, nodePort, { hostname: host }),
    ),
    serviceManifest({
      name: 'calm-secure',
      nodePort: UNTOUCHED.https.nodePort,
      options: { hostname: UNTOUCHED.https.host, 'backends-use-ssl': 'false' },
    }),
    tcp('calm-tcp', UNTOUCHED.tcp.nodePort, UNTOUCHED.tcp.port),
  ];
}

/** The node ports that the nodes have to open. */
export function mixedNodePorts(): number[] {
  const calm = [...UNTOUCHED.http, UNTOUCHED.https, UNTOUCHED.tcp].map(({ nodePort }) => nodePort);
  return [...calm, ...MOVING_PORTS, PASSING_PORT, TLS_PORT];
}

/**
 * Endless changes of every kind in turn: with and without a reload, and with a Service whose certificate is missing,
 * which the hosts have to leave out.
 */
export function* mixedChanges(
  fleet: Fleet,
  cluster: Cluster,
  spare: FleetNode,
): Generator<MixedChange, never> {
  const moving = (round: number): Manifest =>
    web('moving', MOVING_PORTS[round % MOVING_PORTS.length] ?? 0, { hostname: 'moving.example.com' });
  const named = (round: number): Manifest =>
    web('named', PASSING_PORT, { hostname: `named-${String(round)}.example.com` });
  const passing = web('passing', PASSING_PORT, { hostname: 'passing.example.com' });
  const bind = (round: number): Manifest => tcp('bind', PASSING_PORT, FIRST_BIND + (round % BINDS));
  const uncertified = serviceManifest({
    name: 'uncertified',
    nodePort: TLS_PORT,
    options: { hostname: 'uncertified.example.com', 'backends-use-ssl': 'false' },
  });
  const balanced = (round: number): Manifest =>
    web('balanced', PASSING_PORT, {
      hostname: 'balanced.example.com',
      'backends-balance-method': round % 2 === 0 ? 'leastconn' : 'roundrobin',
    });
  const certificate = join(fleet.certificateDir, 'uncertified.example.com.pem');
  for (let round = 0; ; round += 1) {
    yield { what: 'host name', make: () => cluster.apply(named(round)) };
    yield { what: 'node port', make: () => cluster.apply(moving(round)) };
    yield { what: 'Service added', make: () => cluster.apply(passing) };
    yield { what: 'Node added', make: () => cluster.apply(nodeManifest(spare)) };
    yield { what: 'bind', make: () => cluster.apply(bind(round)) };
    yield { what: 'Service without its certificate', make: () => cluster.apply(uncertified) };
    yield { what: 'algorithm', make: () => cluster.apply(balanced(round)) };
    yield { what: 'Node removed', make: () => cluster.delete(nodeManifest(spare)) };
    yield {
      what: 'Service deleted, and the certificate added',
      make: async () => {
        copyFileSync(join(fleet.certificateDir, `${UNTOUCHED.https.host}.pem`), certificate);
        await cluster.delete(passing);
      },
    };
    yield {
      what: 'Service deleted, and its certificate',
      make: async () => {
        await cluster.delete(uncertified);
        rmSync(certificate);
      },
    };
  }
}

function web(name: string, nodePort: number, options: Readonly<Record<string, string>>): Manifest {
  return serviceManifest({
    name,
    nodePort,
    options: { 'listen-port': '80', 'use-ssl': 'false', ...options },
  });
}

function tcp(name: string, nodePort: number, port: number): Manifest {
  const options = { 'haproxy-mode': 'tcp', 'listen-port': String(port) };
  return serviceManifest({ name, nodePort, options });
}
