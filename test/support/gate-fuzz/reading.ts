import type { ConfigLine, ConfigSection, ConfigText } from '@kubefigurator/haproxy-config';
import { bindPoints, parseConfigText, parseServer } from '@kubefigurator/haproxy-config';
import { parseIp } from '@kubefigurator/config-model';

/** What a text means by our own reading, in the words of HAProxy's answers. */
export interface Reading {
  /** Rows of `show stat`, `proxy,name`: frontends, backends and servers. */
  readonly stat: ReadonlySet<string>;
  /** Those of them that HAProxy may leave out, such as those of a disabled section. */
  readonly optional: ReadonlySet<string>;
  /** Rows of `show servers state` with a plain address, `proxy server address port`. */
  readonly servers: ReadonlySet<string>;
  /** TCP sockets, `address port`; and those of disabled sections. */
  readonly sockets: ReadonlySet<string>;
  readonly optionalSockets: ReadonlySet<string>;
}

/** Reads texts that one HAProxy runs. */
export function readingOf(texts: readonly string[]): Reading {
  const configs = texts.map((text) => parseConfigText(text));
  const sections = configs.flatMap((config) => config.sections);
  const off = sections.filter(isOff);
  const socketsOf = (some: readonly ConfigText[]): ReadonlySet<string> =>
    new Set(some.flatMap((config) => bindPoints(config)).map(({ host, port }) => `${host} ${port}`));
  return {
    stat: new Set(sections.flatMap(statRows)),
    optional: new Set([
      ...off.flatMap(statRows),
      ...sections.filter(hasNoBind).map(({ name }) => `${name},FRONTEND`),
    ]),
    servers: new Set(sections.filter((section) => !isOff(section)).flatMap(serverRows)),
    sockets: socketsOf(configs),
    optionalSockets: socketsOf([{ preamble: [], sections: off }]),
  };
}

/** HAProxy shows no row for a section that is disabled. */
function isOff({ lines }: ConfigSection): boolean {
  return lines.some(({ words }) => words[0] === 'disabled');
}

function hasNoBind({ lines }: ConfigSection): boolean {
  return !lines.some(({ words }) => words[0] === 'bind');
}

function statRows({ keyword, name, lines }: ConfigSection): string[] {
  if (!['frontend', 'backend', 'listen'].includes(keyword)) return [];
  const own = [
    ...(keyword === 'backend' ? [] : ['FRONTEND']),
    ...(keyword === 'frontend' ? [] : ['BACKEND']),
  ];
  const servers = keyword === 'frontend' ? [] : lines.flatMap(({ words }) => serverNames(words));
  return [...own, ...servers].map((each) => `${name},${each}`);
}

function serverNames([directive, name = '', range = '']: readonly string[]): string[] {
  if (directive === 'server') return [name];
  if (directive !== 'server-template') return [];
  const [, low = '', high] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  const [first, last] = high === undefined ? [1, Number(low)] : [Number(low), Number(high)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `${name}${first + index}`);
}

function serverRows({ keyword, name, lines }: ConfigSection): string[] {
  if (keyword === 'frontend') return [];
  return lines.flatMap((line) => {
    const server = line.words[0] === 'server' ? parseServer(line) : undefined;
    return server === undefined ? [] : [`${name} ${server.name} ${plain(server.address)} ${server.port}`];
  });
}

/** An IP address in its one spelling. */
export function plain(address: string): string {
  return parseIp(address)?.text ?? address;
}

/**
 * The texts as `haproxy -dC,line` prints them: the number of each line, an indent, and its words with a blank behind
 * each.
 */
export function dumpOf(text: string): string {
  const { preamble, sections } = parseConfigText(text);
  const dumped = preamble.map((line) => dumpLine(line, 1, '\t'));
  for (const { startLine, head, lines } of sections) {
    dumped.push(dumpLine(head, startLine, ''), ...lines.map((line) => dumpLine(line, startLine, '\t')));
  }
  return dumped.join('');
}

function dumpLine({ words, offset }: ConfigLine, startLine: number, indent: string): string {
  return `${startLine + offset}\t${indent}${words.map((word) => `${word} `).join('')}\n`;
}

/** What HAProxy's parsers see of a line's words: an empty one ends them. */
export function readByHaproxy(words: readonly string[]): readonly string[] {
  const end = words.indexOf('');
  return end < 0 ? words : words.slice(0, end);
}

/** HAProxy's words are bytes and ours are characters, and an escape may be either: what isn't ASCII is a `?`. */
export function asciiOnly(text: string): string {
  return text.replace(/[^\u0000-\u007f]+/g, '?');
}

/**
 * The same without lines that have no words, which HAProxy prints as numbers only, and without blanks at the ends of
 * lines, of which it prints more or fewer behind an empty word.
 */
export function comparableDump(dump: string): string {
  return asciiOnly(dump)
    .replace(/ +\n/g, '\n')
    .replace(/^\d+\t*\n/gm, '');
}

/** What is in one set and not in the other. */
export function onlyIn(one: ReadonlySet<string>, other: ReadonlySet<string>): string[] {
  return [...one].filter((each) => !other.has(each));
}
