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
  /** What is counted, and who takes no more of it, behind a number: `servers that the hosts take`. */
  readonly unit: string;
  /** True for a limit of what is new only: a text with more of it may be published, if that was published before. */
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
  readonly what: string;
  readonly count: (written: Written) => number;
}

/** A text as the producer writes it: sections behind an empty line and a comment that names their source, no quotes. */
interface Written {
  readonly text: string;
  /** Where the sections start. */
  readonly starts: readonly number[];
  readonly tally: Tally;
  /** The part of each limit that the text may use. */
  readonly allowed: number;
}

/** All are 0 for a text that is too small to exceed one of their limits. */
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
 * The limits that a text of the producer exceeds, if it may use a part of each: those of the gate, and if the part is
 * less than 1, those of what is new. Each pass asks for them, so
 * what takes long is counted only if the number of characters leaves it open whether a limit is exceeded.
 */
export function excessesOfHosts(text: string, allowed = 1): Excess[] {
  const starts = startsOf(text);
  const tally = isSmall(text, starts, allowed) ? NOTHING : tallyOf(text, starts);
  return SIZE_LIMITS.flatMap(({ resource, most, what, count, perSection, onlyOfNew }) => {
    const counted = count({ text, starts, tally, allowed });
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

/** A limit of a text as a whole. */
export type TextLimit = Pick<Excess, 'resource' | 'most' | 'unit' | 'onlyOfNew'>;

export const TEXT_LIMITS: readonly TextLimit[] = SIZE_LIMITS.flatMap(
  ({ resource, most, what, perSection, onlyOfNew }) =>
    perSection === true ? [] : [{ resource, most, unit: unitOf(what), ...(onlyOfNew && { onlyOfNew }) }],
);

function unitOf(what: string): string {
  return `${what} that the hosts take`;
}

/** Above each section, behind an empty line. */
const COMMENT = '# service: ';
const [SERVER, BIND] = ['\n  server ', '\n  bind '] as const;
const NOTHING: Tally = { lines: 0, words: 0, servers: 0 };

/** The text is searched for a character that it seldom has, which takes a tenth of the time. */
function startsOf(text: string): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf(COMMENT); at >= 0; at = text.indexOf(COMMENT, at + 1))
    if (text.startsWith('\n\n', at - 2)) starts.push(at - 2);
  return starts;
}

const SHORTEST_SERVER = '\n  server a 1.1.1.1:1 check'.length;
/** But for the empty line before a section. */
const SHORTEST_LINE = '  mode tcp\n'.length;

/** A word has a blank behind it, and a line begins with two more. */
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

/** Only a section with enough characters can have too many. */
function countServersOfOne({ text, starts }: Written): number {
  const long = starts.flatMap((start, index) => {
    const end = starts[index + 1] ?? text.length;
    return end - start > MOST_SERVERS_OF_A_SECTION * SHORTEST_SERVER ? [text.slice(start, end)] : [];
  });
  return long.reduce((most, section) => Math.max(most, countOf(section, SERVER)), 0);
}

/** A section has one at most. */
function countBinds({ text, starts, allowed }: Written): number {
  return starts.length <= allowed * MOST_BINDS ? 0 : countOf(text, BIND);
}

const [CERTIFICATE, CRT] = [' certificate: ', ' crt '] as const;

/** Each stands in a comment or on the line itself, of a frontend; the lines are read only if these are too many. */
function countAllCertificates({ text, starts, allowed }: Written): number {
  const end = text.indexOf('\nbackend ');
  const front = end < 0 ? text : text.slice(0, end);
  const most = allowed * MOST_CERTIFICATES_OF_BINDS;
  if (countOf(front, CERTIFICATE, most) + countOf(front, CRT, most) <= most) return 0;
  return starts.reduce((sum, start, index) => {
    const section = text.slice(start, starts[index + 1]);
    const isLoading = section.includes(CRT);
    return sum + (isLoading ? parseConfigText(section).sections.reduce(addCertificates, 0) : 0);
  }, 0);
}

function addCertificates(sum: number, section: ConfigSection): number {
  return sum + countCertificates(section);
}

/** An expression has a call for each parenthesis and comma; what is reserved stands before the sections. */
function countCalls({ text, starts }: Written): number {
  if (countOf(text, '(', MOST_CALLS) + countOf(text, ',', MOST_CALLS) <= MOST_CALLS) return 0;
  return starts.reduce((most, start, index) => {
    const section = text.slice(start, starts[index + 1]);
    return Math.max(most, countOf(section, '(') + countOf(section, ','));
  }, 0);
}

/** How often a piece stands in a text; it isn't counted further than to `end` times, and one more. */
function countOf(text: string, piece: string, end = Infinity): number {
  let count = 0;
  for (let at = text.indexOf(piece); at >= 0 && count <= end; at = text.indexOf(piece, at + 1)) count += 1;
  return count;
}
