import type { ServerChange, ServerLine } from './servers.ts';

/** A line of commands for the runtime API and what HAProxy says when all of them worked. */
export interface RuntimeCommand {
  readonly text: string;
  /** HAProxy answers in prose; an answer that is not this one is a failure. */
  readonly expects: RegExp;
}

const SILENCE = /^$/;

/** A change is planned only with plain words; what isn't one here is a bug, and must not reach HAProxy. */
function command(text: string, expects: RegExp): RuntimeCommand {
  if (!/^[A-Za-z0-9_.:@/,=()+[\] -]+$/.test(text))
    throw new Error(`not a plain command: ${JSON.stringify(text)}`);
  return { text, expects };
}

/** The commands for one change, in order; a removed server first gets no new requests and goes when its last one is done. */
export function runtimeCommands(change: ServerChange): readonly RuntimeCommand[] {
  if (change.kind === 'remove')
    return [command(`set server ${change.backend}/${change.name} state maint`, SILENCE)];
  const name = `${change.backend}/${change.server.name}`;
  const { address, port, options } = change.server;
  if (change.kind === 'move') {
    const expects = /changed from|no need to change/;
    return [command(`set server ${name} addr ${address} port ${port}`, expects)];
  }
  const add = ['add server', name, formatPlace(change.server), ...options].join(' ');
  return [
    command(add, /^New server registered\.$/),
    ...(options.includes('check') ? [command(`enable health ${name}`, SILENCE)] : []),
    command(`enable server ${name}`, SILENCE),
  ];
}

/** Takes a server away for good; refused as long as a connection uses it. */
export function deleteCommand(change: Extract<ServerChange, { kind: 'remove' }>): RuntimeCommand {
  return command(`del server ${change.backend}/${change.name}`, /^Server deleted\.$/);
}

function formatPlace({ address, port }: ServerLine): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A server as `show servers state` lists it. */
export interface ShownServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Somebody, or we, put it into maintenance. */
  readonly maintenance: boolean;
  /** Somebody drains it. */
  readonly drain: boolean;
}

/** Bits of `srv_admin_state`: SRV_ADMF_FMAINT and SRV_ADMF_FDRAIN (management guide, "show servers state"). */
const FORCED_MAINTENANCE = 0x01;
const FORCED_DRAIN = 0x08;

/** Reads the answer to `show servers state`, version 1; undefined for anything else. */
export function parseServersState(answer: string): ShownServer[] | undefined {
  const [version = '', heading = '', ...rows] = answer.trim().split('\n');
  if (version.trim() !== '1' || !heading.startsWith('# ')) return undefined;
  const names = heading.slice(2).trim().split(' ');
  const at = (column: string): number => names.indexOf(column);
  const columns = ['be_name', 'srv_name', 'srv_addr', 'srv_port', 'srv_admin_state'].map(at);
  if (columns.includes(-1)) return undefined;
  return rows
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const fields = row.split(' ');
      const [backend = '', name = '', address = '', port = '', admin = ''] = columns.map(
        (index) => fields[index] ?? '',
      );
      const state = Number(admin);
      return {
        backend,
        name,
        address,
        port: Number(port),
        maintenance: (state & FORCED_MAINTENANCE) !== 0,
        drain: (state & FORCED_DRAIN) !== 0,
      };
    });
}

/** What of a change can't be seen in HAProxy; undefined where it has arrived. */
export function missingOf(change: ServerChange, shown: ReadonlyMap<string, ShownServer>): string | undefined {
  const name = change.kind === 'remove' ? change.name : change.server.name;
  const server = shown.get(`${change.backend}/${name}`);
  if (change.kind === 'remove') {
    return server === undefined || server.maintenance
      ? undefined
      : `${change.backend}/${name} still takes requests`;
  }
  if (server === undefined) return `${change.backend}/${name} is not there`;
  const { address, port } = change.server;
  if (server.port !== port || canonical(server.address) !== canonical(address)) {
    return `${change.backend}/${name} is at ${server.address}:${server.port} instead of ${address}:${port}`;
  }
  return change.kind === 'add' && server.maintenance
    ? `${change.backend}/${name} is in maintenance`
    : undefined;
}

/** HAProxy prints IPv6 in its own spelling; ours is the shortest already. */
function canonical(address: string): string {
  return address.toLowerCase();
}
