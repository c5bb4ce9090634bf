import { parseIp } from '@kubefigurator/config-model';
import type { ServerLine } from '../diff/server-line.ts';
import { formatServerPlace, parseServer } from '../diff/server-line.ts';
import type { BindPoint } from '../parse/binds.ts';
import { bindPoints, formatBind, doBindPointsOverlap } from '../parse/binds.ts';
import type { ConfigSection, ConfigText, ParsedText } from '../parse/config-text.ts';
import { sharedSectionContent } from '../parse/config-text.ts';

/**
 * A server at an address of this host, on a port that a bind of the same text takes: HAProxy would connect to itself.
 */
export interface OwnServer {
  readonly section: ConfigSection;
  /** Its line, counted from 1. */
  readonly number: number;
  readonly server: ServerLine;
  /** Of the Service that its backend is for; undefined if the text doesn't say. */
  readonly namespace: string | undefined;
  readonly bind: BindPoint;
}

/** The servers of a text through which HAProxy would connect to itself, in the order of the text. */
export function ownServers(config: ConfigText, ownAddresses: readonly string[]): OwnServer[] {
  if (ownAddresses.length === 0) return [];
  const listening = listeningPorts(config);
  const suspects = config.sections.filter((section) =>
    serverPorts(section).some((port) => listening.has(port)),
  );
  if (suspects.length === 0) return [];
  const own = new Set(ownAddresses);
  const points = byPort(bindPoints(config));
  return suspects.flatMap((section) => ownServersOfSection(section, own, points));
}

type PointsByPort = ReadonlyMap<number, readonly BindPoint[]>;

function byPort(points: readonly BindPoint[]): PointsByPort {
  const found = new Map<number, BindPoint[]>();
  for (const point of points) {
    const same = found.get(point.port);
    if (same === undefined) found.set(point.port, [point]);
    else same.push(point);
  }
  return found;
}

function ownServersOfSection(
  section: ConfigSection,
  own: ReadonlySet<string>,
  points: PointsByPort,
): OwnServer[] {
  return section.lines.flatMap((line) => {
    const server = line.words[0] === 'server' ? parseServer(line) : undefined;
    if (server === undefined || !own.has(parseIp(server.address)?.text ?? server.address)) return [];
    const place = { host: server.address, port: server.port };
    const bind = points.get(server.port)?.find((point) => doBindPointsOverlap(point, place));
    const namespace = section.head.sources[0]?.namespace;
    const number = section.startLine + line.offset;
    return bind === undefined ? [] : [{ section, number, server, namespace, bind }];
  });
}

/** Server ports by the content of sections. Hardly any text has one that is also bound, so only ports are compared first. */
const knownServerPorts = new WeakMap<object, readonly number[]>();

function serverPorts(section: ConfigSection): readonly number[] {
  if (section.keyword === 'frontend') return [];
  return portsOnce(knownServerPorts, section, () =>
    section.lines.flatMap((line) => (line.words[0] === 'server' ? (parseServer(line)?.port ?? []) : [])),
  );
}

const knownBindPorts = new WeakMap<object, readonly number[]>();

function listeningPorts({ sections }: ConfigText): ReadonlySet<number> {
  const fronts = sections.filter(({ keyword }) => keyword === 'frontend' || keyword === 'listen');
  return new Set(
    fronts.flatMap((section) =>
      portsOnce(knownBindPorts, section, () =>
        bindPoints({ preamble: [], sections: [section] }).map(({ port }) => port),
      ),
    ),
  );
}

/** The ports that `read` gives for a section, read once for all texts that have the same section. */
function portsOnce(
  known: WeakMap<object, readonly number[]>,
  section: ConfigSection,
  read: () => readonly number[],
): readonly number[] {
  const content = sharedSectionContent(section);
  const ports = known.get(content) ?? [...new Set(read())];
  known.set(content, ports);
  return ports;
}

const LEFT_OUT = '  # left out: ';

/**
 * Puts a comment in the place of each server through which HAProxy would connect to itself: one request would go round
 * until all connections are taken. The other servers stay, and so do all line numbers.
 */
export function withoutOwnServers({ text, config }: ParsedText, ownAddresses: readonly string[]): string {
  const left = ownServers(config, ownAddresses);
  if (left.length === 0) return text;
  const comments = new Map(left.map((each) => [each.number, `${LEFT_OUT}${describe(each)}`]));
  return text
    .split('\n')
    .map((line, index) => comments.get(index + 1) ?? line)
    .join('\n');
}

function describe({ section, server, bind }: OwnServer): string {
  return `server ${server.name} ${formatServerPlace(server)} of ${section.name} is this host itself, which listens on ${formatBind(bind)}`;
}

/** What a release says about the servers that it leaves out: a sentence each. */
export function describeLeftOutServers(text: string): string[] {
  if (!text.includes(LEFT_OUT)) return [];
  return text.split('\n').flatMap((line) => (line.startsWith(LEFT_OUT) ? [line.slice(LEFT_OUT.length)] : []));
}
