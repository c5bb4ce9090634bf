/**
 * How much TLS to servers new Services may bring. HAProxy makes a TLS context for each server: 0.11 to 0.15 ms of
 * `haproxy -c` and of each reload, and 18 to 22 KB of memory. With a file of authorities it is 0.2 ms on HAProxy 3.0 and
 * 3.2, 0.42 ms on 2.6, and 24 to 26 KB, so that such a server counts as two. Half of this, which one namespace may have,
 * takes some ten seconds (2.6 with authorities: 17), and all of it 3.5 of the 4 GiB that a check gets.
 */
export const MOST_TLS_SERVERS = 160_000;
/** What one server counts, by its TLS. */
const [PLAIN, WITH_TLS, WITH_AUTHORITIES] = [0, 1, 2] as const;

/** How much a server counts, by the words after its address, as the producer writes them. */
export function tlsCostOf(serverWords: string): number {
  if (!serverWords.includes(' ssl verify ')) return PLAIN;
  return serverWords.includes(' ssl verify required') ? WITH_AUTHORITIES : WITH_TLS;
}

const SERVER = '\n  server ';
/** The least length of what stands before the options of a server. */
const SHORTEST_START = '\n  server a 1.1.1.1:1'.length;

interface TlsSection {
  /** Where its servers begin and end. */
  readonly start: number;
  readonly end: number;
  /** How much each of its servers counts. */
  readonly cost: number;
  /** The most servers that fit into this length. */
  readonly bound: number;
}

/**
 * How much all TLS servers of a text count, if the producer wrote it; 0 if the sections, which begin at `starts`, are too
 * short for more than `most`. The servers of a section have the same words, so that only the first one is read.
 */
export function countTlsServers(text: string, starts: readonly number[], most: number): number {
  const sections = tlsSectionsOf(text, starts);
  if (sections.reduce((sum, { cost, bound }) => sum + cost * bound, 0) <= most) return 0;
  return sections.reduce(
    (sum, { start, end, cost }) => sum + cost * (text.slice(start, end).split(SERVER).length - 1),
    0,
  );
}

function tlsSectionsOf(text: string, starts: readonly number[]): TlsSection[] {
  let server = -1;
  return starts.flatMap((start, index) => {
    const end = starts[index + 1] ?? text.length;
    // A section without servers leaves `server` at a later section, so nothing is searched twice.
    if (server < start) server = nextIn(text, SERVER, start);
    if (server >= end) return [];
    const line = text.slice(server, nextIn(text, '\n', server + 1));
    const words = /^\n {2}server \S+ \S+(.*)$/.exec(line)?.[1] ?? '';
    const cost = tlsCostOf(words);
    const bound = Math.ceil((end - server) / (SHORTEST_START + words.length));
    return cost === PLAIN ? [] : [{ start: server, end, cost, bound }];
  });
}

/** Where a piece stands next; behind the text if nowhere. */
function nextIn(text: string, piece: string, from: number): number {
  const at = text.indexOf(piece, from);
  return at < 0 ? text.length : at;
}
