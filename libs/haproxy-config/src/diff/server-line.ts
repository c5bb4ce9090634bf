import { parseIp } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection } from '../parse/config-text.ts';

/** One `server` line. */
export interface ServerLine {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** The words after the address. */
  readonly options: readonly string[];
}

/** A word that a line of runtime API commands takes literally: without white space, `;`, quotes and backslashes. */
export const PLAIN_WORD = /^[A-Za-z0-9_.:@/,=()+-]+$/;

/** The servers of a section by name; undefined if a name occurs twice or an address isn't a plain address and port. */
export function serversOfSection(section: ConfigSection): ReadonlyMap<string, ServerLine> | undefined {
  const servers = new Map<string, ServerLine>();
  for (const line of section.lines.filter((each) => each.words[0] === 'server')) {
    const server = parseServer(line);
    if (server === undefined || servers.has(server.name)) return undefined;
    servers.set(server.name, server);
  }
  return servers;
}

/** Reads a `server` line with an IP address and a port; anything else gives undefined. */
export function parseServer(line: Pick<ConfigLine, 'words'>): ServerLine | undefined {
  const [, name = '', place = '', ...options] = line.words;
  const found = parsePlace(place);
  return found === undefined || !PLAIN_WORD.test(name) ? undefined : { name, ...found, options };
}

function parsePlace(place: string): Pick<ServerLine, 'address' | 'port'> | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(place);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  return port >= 1 && port <= 65_535 && parseIp(address) !== undefined ? { address, port } : undefined;
}

/** `address:port` as HAProxy writes it. */
export function formatServerPlace({ address, port }: Pick<ServerLine, 'address' | 'port'>): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
