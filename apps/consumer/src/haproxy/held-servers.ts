import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { HeldServer } from '@kubefigurator/rollout';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { StateFolder } from '../state/ledger.ts';

/**
 * Bits of `srv_admin_state` (management guide, "show servers state"); FORCED means by a command, CONFIGURED by the
 * config.
 */
const FORCED_MAINTENANCE = 0x01;
const CONFIGURED_MAINTENANCE = 0x04;
const FORCED_DRAIN = 0x08;

const SCAN_TIMEOUT_MS = 10_000;
/** The first columns of version 1: be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state. */
const COLUMNS_READ = 7;

/** A listing of all servers that has begun; the worker completes its answer even if HAProxy is reloaded meanwhile. */
export interface HeldServersListing {
  /**
   * The servers that an operator holds in maintenance or drain, without those that the config disables and those that
   * we are about to delete. Rejects if HAProxy's answer isn't a listing.
   */
  readonly held: Promise<HeldServer[]>;
}

/** Begins a listing; resolves once HAProxy begins to answer, and rejects if it doesn't answer. */
export async function beginHeldServersListing(
  runtimeSocket: string,
  state: StateFolder,
): Promise<HeldServersListing> {
  const { begun, held } = scanServers(runtimeSocket);
  const found = held.then((servers) => withoutOwnRemovals(servers, state));
  // The caller awaits `held` later; without this, a rejection before that would be an unhandled rejection.
  found.catch(() => undefined);
  await begun;
  return { held: found };
}

/** Lists the servers and waits for the end of the listing. */
export async function findHeldServers(runtimeSocket: string, state: StateFolder): Promise<HeldServer[]> {
  return (await beginHeldServersListing(runtimeSocket, state)).held;
}

/** Without the servers that we put into maintenance ourselves, to delete them. */
async function withoutOwnRemovals(held: readonly HeldServer[], state: StateFolder): Promise<HeldServer[]> {
  if (held.length === 0) return [];
  const good = await state.read();
  const isLeaving = leavingTest(good?.release.text ?? '');
  const removing = new Set(good?.ledger.removing);
  return held.filter((server) => !isLeaving(server) && !removing.has(heldServerName(server)));
}

/**
 * Returns a test that is true for a server whose backend is in the text without it: we put such a server into
 * maintenance before its deletion.
 */
function leavingTest(text: string): (server: HeldServer) => boolean {
  const servers = new Map<string, Set<string>>();
  for (const { keyword, name, lines } of parseConfigText(text).sections) {
    if (keyword !== 'backend' && keyword !== 'listen') continue;
    const names = lines.filter((line) => line.words[0] === 'server').map((line) => line.words[1] ?? '');
    servers.set(name, new Set(names));
  }
  return ({ backend, name }) => servers.get(backend)?.has(name) === false;
}

/** Reads the listing row by row, since it has 5 MB with 50,000 servers; only held servers are kept. */
function scanServers(runtimeSocket: string): {
  readonly begun: Promise<void>;
  readonly held: Promise<HeldServer[]>;
} {
  const socket = connect({ path: runtimeSocket, allowHalfOpen: true });
  let version: string | undefined;
  let begin: () => void = () => undefined;
  const firstRow = new Promise<void>((resolve) => (begin = resolve));
  socket.setTimeout(SCAN_TIMEOUT_MS, () => socket.destroy(new Error(`${runtimeSocket}: no answer`)));
  const failed = new Promise<never>((_, reject) => socket.once('error', reject));
  socket.end('show servers state\n');
  const read = async (): Promise<HeldServer[]> => {
    const servers: HeldServer[] = [];
    for await (const row of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      // The first row is the version of the format.
      version ??= row;
      begin();
      const server = parseHeldServer(row);
      if (server !== undefined) servers.push(server);
    }
    if (version !== '1') throw new Error(`"show servers state": ${version ?? 'no answer'}`);
    return servers;
  };
  const held = Promise.race([read(), failed]).finally(() => socket.destroy());
  // If the listing fails before its first row, `begun` rejects as well.
  return { begun: Promise.race([firstRow, held.then(() => undefined)]), held };
}

/** Reads one row of `show servers state`; undefined for a server that no operator holds, and for any other row. */
export function parseHeldServer(row: string): HeldServer | undefined {
  const [, backend, , name, , , admin = ''] = row.split(' ', COLUMNS_READ);
  const state = Number(admin);
  if (backend === undefined || name === undefined || row.startsWith('#') || !Number.isInteger(state))
    return undefined;
  if ((state & CONFIGURED_MAINTENANCE) !== 0) return undefined;
  if ((state & FORCED_MAINTENANCE) !== 0) return { backend, name, state: 'maint' };
  return (state & FORCED_DRAIN) === 0 ? undefined : { backend, name, state: 'drain' };
}

/** `backend/server`, as HAProxy's commands name it. */
export function heldServerName({ backend, name }: HeldServer): string {
  return `${backend}/${name}`;
}
