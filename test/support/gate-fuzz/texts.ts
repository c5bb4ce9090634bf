import type { Gate } from '@kubefigurator/haproxy-config';
import { aLine } from './lines.ts';
import { aProbe } from './probes.ts';
import type { Random } from '../measuring/random.ts';
import { damageLine, mutateWords, spellLine } from './spelling.ts';
import type { Vocabulary } from './vocabulary.ts';
import type { Places, Scope } from './words.ts';
import { anyWord } from './expressions.ts';

/** A text that the gate accepts, line by line; its names hold its number, as in `f12x`. */
export interface FuzzText {
  readonly index: number;
  readonly lines: readonly string[];
}

export interface TextSource {
  readonly random: Random;
  readonly vocabulary: Vocabulary;
  readonly places: Places;
  readonly gate: Gate;
  /** Lines that the producer renders. */
  readonly rendered: readonly string[];
}

export const FIRST_PORT = 10_000;
/** No text listens on more ports than these. */
export const PORTS_OF_A_TEXT = 40;

/** Makes a text from random lines, without those that the gate refuses; undefined if it refuses the rest, too. */
export function makeText(source: TextSource, index: number): FuzzText | undefined {
  const { random, vocabulary, places } = source;
  let ports = 0;
  const names = {
    frontends: [`f${index}x`, `l${index}x`],
    backends: [`b${index}x`, `l${index}x`, `b${index}x`],
  };
  const port = (): number => FIRST_PORT + index * PORTS_OF_A_TEXT + (ports++ % PORTS_OF_A_TEXT);
  const scope: Scope = { random, vocabulary, places, ...names, port };
  const head = (keyword: string, name: string): string => spelledHead(random, [keyword, name]);
  const some = (most: number): string[] =>
    Array.from({ length: random.below(most) }, () => aRawLine(source, scope));
  const lines = [
    ...random.pick([[], ['# service: shop/web port: http'], ['\t']]),
    head('frontend', `f${index}x`),
    `  mode ${random.pick(['http', 'http', 'http', 'tcp'])}`,
    `  bind 127.0.0.1:${port()}`,
    '  acl a1 always_true',
    aProbe(random),
    aProbe(random),
    ...some(8),
    head('listen', `l${index}x`),
    '  mode http',
    `  bind 127.0.0.1:${port()}`,
    ...some(7),
    head('backend', `b${index}x`),
    '  mode http',
    '  server s0 10.0.0.1:80',
    ...some(7),
  ];
  return acceptedPart(source.gate, { index, lines: lines.join('\n').split('\n') });
}

function spelledHead(random: Random, words: readonly string[]): string {
  if (random.chance(0.7)) return words.join(' ');
  const tail = random.pick([[], [], ['from', 'd'], ['id'], ['127.0.0.1:80'], ['""']]);
  const spelled = spellLine(random, [...words, ...tail]);
  return random.chance(0.2) ? damageLine(random, spelled) : spelled;
}

function aRawLine(source: TextSource, scope: Scope): string {
  const { random, rendered } = source;
  if (random.chance(0.15)) {
    const line = ownLine(random.pick(rendered), scope);
    return random.chance(0.5) ? damageLine(random, line) : line;
  }
  let words = aLine(scope);
  if (random.chance(0.3)) words = mutateWords(random, words, [anyWord(scope), ...aLine(scope)]);
  const line = spellLine(random, words);
  return random.chance(0.12) ? damageLine(random, line) : line;
}

/** A rendered line with the names, ports and files of this text. */
function ownLine(line: string, { random, backends, places, port }: Scope): string {
  return line
    .replace(/k8s-service_[^\s"']+/g, () => random.pick(backends))
    .replace(/(?<=\bbind \S*:)\d+/, () => String(port()))
    .replace(/(?<= (?:crt|ca-file) )\/\S+/g, `${places.certificates}/site.pem`);
}

/** The text without the lines that the gate refuses; undefined if something else is wrong. */
export function acceptedPart(gate: Gate, text: FuzzText): FuzzText | undefined {
  let { lines } = text;
  // Without a refused line the gate may refuse another one, such as the next line of a section that is gone.
  for (let tries = 0; tries < 6; tries += 1) {
    const verdict = gate(textOf({ ...text, lines }));
    if (verdict.kind === 'accepted') return { ...text, lines };
    if (verdict.kind === 'blank') return undefined;
    const refused = new Set(verdict.blame.map(({ message }) => Number(/^line (\d+):/.exec(message)?.[1])));
    const rest = lines.filter((_line, at) => !refused.has(at + 1));
    if (rest.length === lines.length) return undefined;
    lines = rest;
  }
  return undefined;
}

export function textOf({ lines }: FuzzText): string {
  return `${lines.join('\n')}\n`;
}
