import type { SourceRef } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection, ConfigText } from '@kubefigurator/haproxy-config';
import type { PublishedState } from './explanation.ts';

/** What a text says of one port of a Service. */
export interface PortLines {
  /** Of a frontend the `frontend`, `mode` and `bind` lines and the port's own rules; other sections as a whole. */
  readonly lines: readonly string[];
  /** Equal for two texts that say the same of the port, whatever others on its binds ask for. */
  readonly identity: string;
}

/** The lines of a port; none if the text has nothing of it. */
export function linesOfPort(config: ConfigText, source: SourceRef): PortLines {
  const key = sourceKey(source);
  const parts = (sectionsBySource(config).get(key) ?? []).map((section) => linesIn(section, key));
  return {
    lines: parts.flatMap(({ lines }) => lines),
    identity: parts.map(({ identity }) => identity).join('\n'),
  };
}

const known = new WeakMap<ConfigText, ReadonlyMap<string, readonly ConfigSection[]>>();

/** The sections of each port, found once: a Service may have hundreds of ports, and a text thousands of sections. */
function sectionsBySource(config: ConfigText): ReadonlyMap<string, readonly ConfigSection[]> {
  const before = known.get(config);
  if (before !== undefined) return before;
  const found = new Map<string, ConfigSection[]>();
  for (const section of config.sections) {
    for (const key of new Set(section.head.sources.map(sourceKey))) {
      const same = found.get(key);
      if (same === undefined) found.set(key, [section]);
      else same.push(section);
    }
  }
  known.set(config, found);
  return found;
}

/** What etcd's text has of a port, compared with what a compilation gives now. */
export function comparePublished(
  wanted: ConfigText,
  current: ConfigText | undefined,
  source: SourceRef,
): PublishedState {
  const [now, then] = [wanted, current].map((config) =>
    config === undefined ? '' : linesOfPort(config, source).identity,
  );
  return publishedState(now ?? '', then ?? '');
}

/** Compares what the two texts have of one part; an empty string stands for nothing. */
export function publishedState(wanted: string, current: string): PublishedState {
  if (wanted === '') return current === '' ? 'absent' : 'lingers';
  if (current === '') return 'missing';
  return wanted === current ? 'published' : 'differs';
}

function linesIn(section: ConfigSection, key: string): PortLines {
  const texts = section.raw.split('\n');
  const textOf = ({ offset }: ConfigLine): string => (texts[offset] ?? '').trimEnd();
  const { head } = section;
  if (section.keyword !== 'frontend') {
    const lines = [head, ...section.lines].map(textOf);
    return { lines, identity: lines.join('\n') };
  }
  const shown = section.lines.filter((line) => SHARED.has(line.words[0] ?? '') || isRuleOf(line, key));
  const identity = [head, ...section.lines].flatMap((line) => identityOf(line, key, textOf));
  return { lines: [head, ...shown].map(textOf), identity: identity.join('\n') };
}

/** Lines of a frontend that every port on it needs. */
const SHARED = new Set(['mode', 'bind']);
const RULES = new Set(['use_backend', 'default_backend']);

function isRuleOf({ words, sources }: ConfigLine, key: string): boolean {
  return RULES.has(words[0] ?? '') && sources.some((each) => sourceKey(each) === key);
}

/** Of a bind only the address, whether it has TLS, and the port's own certificate: those of other ports come and go. */
function identityOf(line: ConfigLine, key: string, textOf: (line: ConfigLine) => string): string[] {
  const { words, sources } = line;
  if (words[0] === 'bind') {
    const own = sources.find((each) => sourceKey(each) === key)?.certificate ?? '';
    return [`bind ${words[1] ?? ''} ${words.includes('ssl') ? 'ssl' : 'plain'} ${own}`];
  }
  return ['frontend', 'mode'].includes(words[0] ?? '') || isRuleOf(line, key) ? [textOf(line)] : [];
}
