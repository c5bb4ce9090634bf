import type { ConfigSection } from '../parse/config-text.ts';
import { countLineFeeds, parseConfigText } from '../parse/config-text.ts';
import { countPieces, MOST_PIECES } from './oversize.ts';
import {
  countCertificates,
  MOST_BINDS,
  MOST_CALLS,
  MOST_CERTIFICATES_OF_BINDS,
  MOST_LINES,
  MOST_SECTIONS,
  MOST_SERVERS,
  MOST_SERVERS_OF_A_SECTION,
} from './sizes.ts';
import { countTlsServers, MOST_TLS_SERVERS } from './tls-servers.ts';

/**
 * What a text takes of a host or of etcd; `calls` are those in the expressions of one section, and a certificate counts
 * on each bind that names it.
 */
export const RESOURCES = [
  'characters',
  'lines',
  'words',
  'sections',
  'servers',
  'tls-servers',
  'binds',
  'certificates',
  'calls',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** A limit that a text exceeds. */
export interface Excess {
  readonly resource: Resource;
  /** How much the text has; more than `part` of `most`. */
  readonly count: number;
  readonly most: number;
  /** The part of the limit that the text may use; 1 is all of it, and always so for a limit of single sections. */
  readonly part: number;
  /** What a message says after the number, such as `servers that the hosts take`. */
  readonly unit: string;
  /** True if the limit holds for what is new only: a text may exceed it by what was published before. */
  readonly onlyOfNew?: true;
  /** True for a limit of single sections: the count is that of the largest one. */
  readonly perSection?: true;
}

interface SizeLimit {
  readonly resource: Resource;
  readonly most: number;
  /** True for a limit of single sections, not of the text as a whole. */
  readonly perSection?: true;
  readonly onlyOfNew?: true;
  /** What is counted, for messages. */
  readonly what: string;
  /** May give 0 in place of a count that doesn't exceed the limit. */
  readonly count: (written: Written) => number;
}

/** A text as the producer writes it: sections behind an empty line and a comment that names their source, no quotes. */
interface Written {
  readonly text: string;
  /** Where the sections start. */
  readonly starts: readonly number[];
  readonly tally: Tally;
  /** Counts something in the text, or gives what was counted in it before. */
  readonly once: Once;
  /** The part of each limit that the text may use. */
  readonly allowed: number;
}

type Once = <Counted>(what: string, count: () => Counted) => Counted;

/** What is counted in one go; all are 0 for a text that is too small to exceed one of the limits. */
interface Tally {
  readonly lines: number;
  readonly words: number;
  readonly servers: number;
}

const SIZE_LIMITS: readonly SizeLimit[] = [
  { resource: 'lines', most: MOST_LINES, what: 'lines', count: ({ tally }) => tally.lines },
  {
    resource: 'words',
    most: MOST_PIECES,
    what: 'words or parts of lists',
    count: ({ tally }) => tally.words,
  },
  { resource: 'sections', most: MOST_SECTIONS, what: 'sections', count: ({ starts }) => starts.length },
  { resource: 'servers', most: MOST_SERVERS, what: 'servers', count: ({ tally }) => tally.servers },
  {
    resource: 'servers',
    most: MOST_SERVERS_OF_A_SECTION,
    what: 'servers in one section',
    perSection: true,
    count: countServersOfOne,
  },
  {
    resource: 'tls-servers',
    most: MOST_TLS_SERVERS,
    onlyOfNew: true,
    what: 'servers with TLS, one with backends-verify-ssl as two,',
    count: ({ text, starts, allowed }) =>
      allowed >= 1 ? 0 : countTlsServers(text, starts, allowed * MOST_TLS_SERVERS),
  },
  { resource: 'binds', most: MOST_BINDS, what: 'addresses to listen on', count: countBinds },
  {
    resource: 'certificates',
    most: MOST_CERTIFICATES_OF_BINDS,
    what: 'certificates of binds',
    count: countAllCertificates,
  },
  {
    resource: 'calls',
    most: MOST_CALLS,
    what: 'calls in the expressions of one section',
    perSection: true,
    count: countCalls,
  },
];

/**
 * The limits that a text of the producer exceeds, if it may use only the part `allowed` of each: those of the gate, and if
 * `allowed` is less than 1, those of what is new. Each pass asks for them, so whatever takes long to count is counted only
 * if a limit may be exceeded, judging by the number of characters.
 */
export function excessesOfHosts(text: string, allowed = 1): Excess[] {
  const once = countedIn(text);
  const starts = once('starts', () => startsOf(text));
  const tally = isSmall(text, starts, allowed) ? NOTHING : once('tally', () => tallyOf(text, starts));
  return SIZE_LIMITS.flatMap(({ resource, most, what, count, perSection, onlyOfNew }) => {
    const counted = count({ text, starts, tally, once, allowed });
    const part = perSection === true ? 1 : allowed;
    return counted > part * most
      ? [
          {
            resource,
            count: counted,
            most,
            part,
            unit: unitOf(what),
            ...(onlyOfNew && { onlyOfNew }),
            ...(perSection && { perSection }),
          },
        ]
      : [];
  });
}

/** What was counted in the last text: a pass asks several times, with another part of each limit. */
let last: { readonly text: string; readonly once: Once } | undefined;

function countedIn(text: string): Once {
  if (last?.text !== text) {
    const counts = new Map<string, unknown>();
    const once = <Counted>(what: string, count: () => Counted): Counted => {
      if (!counts.has(what)) counts.set(what, count());
      return counts.get(what) as Counted;
    };
    last = { text, once };
  }
  return last.once;
}

/** A limit of a text as a whole. */
export type TextLimit = Pick<Excess, 'resource' | 'most' | 'unit' | 'onlyOfNew'>;

export const TEXT_LIMITS: readonly TextLimit[] = SIZE_LIMITS.flatMap(
  ({ resource, most, what, perSection, onlyOfNew }) =>
    perSection === true ? [] : [{ resource, most, unit: unitOf(what), ...(onlyOfNew && { onlyOfNew }) }],
);

function unitOf(what: string): string {
  return `${what} that the hosts take`;
}

/** The comment above each section, after an empty line. */
const COMMENT = '# service: ';
const [SERVER, BIND] = ['\n  server ', '\n  bind '] as const;
const NOTHING: Tally = { lines: 0, words: 0, servers: 0 };

/** Searches for the `#` of comments, which is rare: to search for empty lines would take ten times as long. */
function startsOf(text: string): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf(COMMENT); at >= 0; at = text.indexOf(COMMENT, at + 1))
    if (text.startsWith('\n\n', at - 2)) starts.push(at - 2);
  return starts;
}

const SHORTEST_SERVER = '\n  server a 1.1.1.1:1 check'.length;
/** The length of the shortest line that isn't empty; an empty one stands before each section. */
const SHORTEST_LINE = '  mode tcp\n'.length;

/** True if a text of this length can't exceed a limit: each word has a blank behind it, and a line begins with two. */
function isSmall({ length }: string, starts: readonly number[], allowed: number): boolean {
  const lines = starts.length + length / SHORTEST_LINE;
  return (
    lines <= allowed * MOST_LINES &&
    length / 2 + 2 * lines <= allowed * MOST_PIECES &&
    length <= allowed * MOST_SERVERS * SHORTEST_SERVER
  );
}

/** The servers of a section have the same number of words, so that only the first one is read. */
function tallyOf(text: string, starts: readonly number[]): Tally {
  const tally = { lines: 0, words: 0, servers: 0 };
  const add = (start: number, end: number, times = 1): void => {
    const lines = countLineFeeds(text.slice(start, end));
    tally.lines += times * lines;
    tally.words += times * (countPieces(text, start, end).pieces - 1 + lines);
  };
  add(0, starts[0] ?? text.length);
  starts.forEach((start, index) => {
    const end = starts[index + 1] ?? text.length;
    const found = text.slice(start, end).indexOf(SERVER);
    if (found < 0) {
      add(start, end);
      return;
    }
    const server = start + found;
    const servers = countOf(text.slice(server, end), SERVER);
    add(start, server);
    add(server, lineEnd(text, server + 1), servers);
    tally.servers += servers;
  });
  return tally;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** The servers of the section with most of them; 0 if no section has enough characters for too many. */
function countServersOfOne({ text, starts, once }: Written): number {
  return once('servers of one', () => serversOfLargest(text, starts));
}

function serversOfLargest(text: string, starts: readonly number[]): number {
  const long = starts.flatMap((start, index) => {
    const end = starts[index + 1] ?? text.length;
    return end - start > MOST_SERVERS_OF_A_SECTION * SHORTEST_SERVER ? [text.slice(start, end)] : [];
  });
  return long.reduce((most, section) => Math.max(most, countOf(section, SERVER)), 0);
}

/** The binds of the text; 0 if it has so few sections that they can't be too many, since a section has one at most. */
function countBinds({ text, starts, once, allowed }: Written): number {
  return starts.length <= allowed * MOST_BINDS ? 0 : once('binds', () => countOf(text, BIND));
}

const [CERTIFICATE, CRT] = [' certificate: ', ' crt '] as const;

/**
 * The certificates of all frontends; 0 if they can't be too many. A certificate stands in a comment or on a `bind` line:
 * only if there are too many of both together, the lines are parsed.
 */
function countAllCertificates({ text, starts, once, allowed }: Written): number {
  const mentions = once('mentions of certificates', () => {
    const end = text.indexOf('\nbackend ');
    const frontends = end < 0 ? text : text.slice(0, end);
    return countOf(frontends, CERTIFICATE) + countOf(frontends, CRT);
  });
  if (mentions <= allowed * MOST_CERTIFICATES_OF_BINDS) return 0;
  return once('certificates', () =>
    starts.reduce((sum, start, index) => {
      const section = text.slice(start, starts[index + 1]);
      const isLoading = section.includes(CRT);
      return sum + (isLoading ? parseConfigText(section).sections.reduce(addCertificates, 0) : 0);
    }, 0),
  );
}

function addCertificates(sum: number, section: ConfigSection): number {
  return sum + countCertificates(section);
}

/** The calls of the section with most of them; each parenthesis and each comma counts as one. 0 if there can't be too many. */
function countCalls({ text, starts, once }: Written): number {
  return once('calls', () => callsOfLargest(text, starts));
}

function callsOfLargest(text: string, starts: readonly number[]): number {
  if (countOf(text, '(', MOST_CALLS) + countOf(text, ',', MOST_CALLS) <= MOST_CALLS) return 0;
  return starts.reduce((most, start, index) => {
    const section = text.slice(start, starts[index + 1]);
    return Math.max(most, countOf(section, '(') + countOf(section, ','));
  }, 0);
}

/** How often a piece stands in a text; the count ends once it is above `end`. */
function countOf(text: string, piece: string, end = Infinity): number {
  let count = 0;
  for (let at = text.indexOf(piece); at >= 0 && count <= end; at = text.indexOf(piece, at + 1)) count += 1;
  return count;
}
