import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { BindPoint, Listener } from '@kubefigurator/haproxy-config';
import { formatBind, doBindPointsOverlap } from '@kubefigurator/haproxy-config';
import type { ForeignPorts } from './foreign-ports.ts';
import { isOutgoingPort, type OutgoingPorts } from './outgoing-ports.ts';
import { addressFromProcNet } from './proc-net.ts';

/** Why a bind isn't available on this host; undefined if it is. */
export type BindProblem = string | undefined;

/** What is known about this host's sockets while a candidate is probed. */
export interface Occupation {
  /** Bind points that HAProxy holds, or may hold, because our text asks for them. */
  readonly own: readonly BindPoint[];
  /** Bind points in the operator's own files. */
  readonly base: readonly BindPoint[];
  readonly listeners: readonly Listener[];
  readonly foreign: ForeignPorts;
  /** Undefined if they aren't known. */
  readonly outgoing: OutgoingPorts | undefined;
  /**
   * False if the point's port may not be bound even for a moment, since that could make HAProxy's start or reload
   * fail. Its address is still tried, with a port that the kernel chooses.
   */
  readonly mayTryBind: boolean;
}

/**
 * Finds out whether this host can bind a new point before HAProxy tries: a worker that can't bind stops every
 * listener for two seconds, and `haproxy -c` doesn't detect that.
 */
export async function probeBind(point: BindPoint, everything: Occupation): Promise<BindProblem> {
  const occupation = atPort(everything, point.port);
  const { own, base, listeners, foreign, outgoing } = occupation;
  if (base.some((each) => doBindPointsOverlap(point, each))) return "HAProxy's own base file has it already";
  const problem = await addressProblem(point);
  if (problem !== undefined) return problem;
  // A connection may take the port between this probe and the reload, which then fails as a whole.
  const mayBeTaken = outgoing !== undefined && isOutgoingPort(outgoing, point.port);
  if (mayBeTaken && !own.some((each) => doBindPointsOverlap(point, each)))
    return reservedForOutgoing(outgoing);
  const held = listeners.find((listener) => isInTheWay(listener, point) && !isOneOf(own, listener));
  if (held === undefined) return portProblem(point, occupation);
  foreign.see(formatBind(point), performance.now());
  return `${held.host}:${held.port} is held by another program on this host`;
}

/** What concerns this port: with thousands of listeners and new binds, the comparison of all with all takes seconds. */
function atPort(occupation: Occupation, port: number): Occupation {
  const { own, base, listeners } = occupation;
  const isAtPort = (each: Listener): boolean => each.port === port;
  return {
    ...occupation,
    own: own.filter(isAtPort),
    base: base.filter(isAtPort),
    listeners: listeners.filter(isAtPort),
  };
}

function reservedForOutgoing({ range: [first, last] }: OutgoingPorts): string {
  return `the kernel may give any port from ${first} to ${last} to an outgoing connection (net.ipv4.ip_local_port_range), and a reload would fail then: choose a listen-port outside of this range, or add the port to net.ipv4.ip_local_reserved_ports on the host`;
}

const HELD = 'the port is held by another program on this host';

/** The problem with a port of which the kernel's list doesn't prove that another program holds it. */
async function portProblem(point: BindPoint, occupation: Occupation): Promise<BindProblem> {
  const { own, listeners, foreign, mayTryBind } = occupation;
  const name = formatBind(point);
  const keptMs = foreign.keptFor(name, performance.now());
  // A trial bind could take the port from a program that is restarting, so only the kernel's list is asked.
  if (keptMs !== undefined) {
    const isBack = listeners.some(
      (listener) => doBindPointsOverlap(point, ofBothFamilies(listener)) && !isOneOf(own, listener),
    );
    return isBack ? HELD : leftToItsProgram(keptMs);
  }
  // HAProxy can bind beside its own sockets, but a trial bind can't.
  const isHeldByHaproxy = listeners.some((listener) => isInTheWay(listener, point));
  const problem = isHeldByHaproxy || !mayTryBind ? undefined : await tryBind(point.host, point.port, point);
  if (problem === undefined) foreign.foundFree(name);
  const isForeign = problem === IN_USE && !own.some((each) => doBindPointsOverlap(point, each));
  if (!isForeign) return problem;
  foreign.see(name, performance.now());
  return HELD;
}

/** The time is rounded up to ten minutes, so that the message doesn't change in each pass. */
function leftToItsProgram(keptMs: number): string {
  const minutes = Math.ceil(keptMs / 600_000) * 10;
  return `another program on this host held the port, and may only be restarting: it is left to that program for up to ${minutes} minutes more, or until "systemctl reload kubefigurator-consumer" (SIGHUP)`;
}

/**
 * True if a listener certainly takes connections to the point. /proc/net/tcp6 doesn't show whether a listener on `::`
 * takes IPv4 as well: for an IPv4 point it counts as one that doesn't, and `tryBind` finds out.
 */
function isInTheWay(listener: Listener, point: BindPoint): boolean {
  const isV4 = !point.host.includes(':');
  return doBindPointsOverlap(point, { ...listener, v6only: isV4 });
}

/** The listener, which on `::` counts as one that takes IPv4 as well. */
function ofBothFamilies(listener: Listener): Listener & Pick<BindPoint, 'v6only'> {
  return { ...listener, v6only: false };
}

function isOneOf(points: readonly BindPoint[], { host, port }: Listener): boolean {
  return points.some((point) => point.host === host && point.port === port);
}

async function addressProblem(point: BindPoint): Promise<BindProblem> {
  if (point.transparent || point.host === '0.0.0.0' || point.host === '::') return undefined;
  // Port 0 tests the address alone; the kernel takes ip_nonlocal_bind and local routes into account.
  return tryBind(point.host, 0, point);
}

const IN_USE = 'the port is in use on this host';
const REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'no interface of this host has the address (and ip_nonlocal_bind is off)',
  EADDRINUSE: IN_USE,
  EACCES: 'this user may not bind the port',
  EAFNOSUPPORT: 'this host has no such address family',
};

/** Binds the address and port for a moment; undefined if that worked. */
function tryBind(host: string, port: number, point: BindPoint): Promise<BindProblem> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      const tolerated = point.transparent && error.code === 'EADDRNOTAVAIL';
      resolve(tolerated ? undefined : (REASONS[error.code ?? ''] ?? error.message));
    });
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::' && point.v6only }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

/** Every TCP socket that listens in this network namespace (proc(5), /proc/net/tcp). */
export async function listListeners(): Promise<Listener[]> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => '')),
  );
  return tables.flatMap(parseListeners);
}

/** The code of the state LISTEN (TCP_LISTEN, 10). */
const LISTEN = '0A';

/** Reads the rows of /proc/net/tcp or tcp6 whose state is LISTEN. */
export function parseListeners(table: string): Listener[] {
  return table.split('\n').flatMap((row) => {
    const [, local = '', , state] = row.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTEN && port !== ''
      ? [{ host: addressFromProcNet(address), port: Number.parseInt(port, 16) }]
      : [];
  });
}
