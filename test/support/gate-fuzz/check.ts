import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gate } from '@kubefigurator/haproxy-config';
import type { HaproxyVersion } from '../haproxy/haproxy.ts';
import type { Laboratory, Traced } from './programs.ts';
import { runTraced } from './programs.ts';
import { dumpOf, comparableDump } from './reading.ts';
import type { FuzzText } from './texts.ts';
import { acceptedPart, textOf } from './texts.ts';
import type { Access } from './trace.ts';
import { accessKey } from './trace.ts';

/** What no accepted text may do. */
export interface Finding {
  readonly kind: 'access' | 'end' | 'memory' | 'words' | 'stat' | 'servers' | 'sockets';
  readonly detail: string;
}

/** One HAProxy in its laboratory. */
export interface Bench {
  readonly haproxy: HaproxyVersion;
  readonly laboratory: Laboratory;
  readonly gate: Gate;
  /** What this HAProxy reaches for whatever a text says, by `accessKey`. */
  readonly usual: ReadonlySet<string>;
  /** True if it can print the words that it reads (`-dC`, from 3.0 on with the numbers of lines). */
  readonly dumps: boolean;
}

export interface Checked {
  readonly findings: readonly Finding[];
  /** The texts without the lines that HAProxy refuses; all together are valid. */
  readonly valid: readonly FuzzText[];
}

/** Prepares a bench: learns what this HAProxy always does. */
export async function prepareBench(
  haproxy: HaproxyVersion,
  laboratory: Laboratory,
  gate: Gate,
): Promise<Bench> {
  const help = await runTraced(haproxy, laboratory, ['-h']);
  const dumps = `${help.stdout}${help.stderr}`.includes('-dC[[key],line]');
  const bench = { haproxy, laboratory, gate, dumps, usual: new Set<string>() };
  const lines = [
    'frontend f0x',
    '  bind 127.0.0.1:1',
    'backend b0x',
    '  server s 10.0.0.1:80 ssl ca-file @system-ca',
  ];
  const simplest = [{ index: 0, lines }];
  const { end, stderr, accesses } = await runCheck(bench, simplest);
  if (end !== 0) throw new Error(`HAProxy ${haproxy.version} refuses the simplest text: ${stderr}`);
  const started = await runTraced(haproxy, laboratory, [...writeTexts(bench, simplest), '-db'], STARTED_MS);
  return { ...bench, usual: new Set([...accesses, ...started.accesses].map(accessKey)) };
}

/** How long HAProxy runs so that its start is over, in milliseconds. */
const STARTED_MS = 1_500;

const fileOf = ({ laboratory }: Bench, { index }: FuzzText): string =>
  join(laboratory.folder, `text-${String(index)}.cfg`);

/** Writes the texts into files of their own; returns the arguments that have HAProxy read them. */
export function writeTexts(bench: Bench, texts: readonly FuzzText[]): string[] {
  return texts.flatMap((text) => {
    writeFileSync(fileOf(bench, text), textOf(text));
    return ['-f', fileOf(bench, text)];
  });
}

function runCheck(bench: Bench, texts: readonly FuzzText[]): Promise<Traced> {
  return runTraced(bench.haproxy, bench.laboratory, [...writeTexts(bench, texts), '-c']);
}

/** Has HAProxy check texts together, without what it refuses, until nothing is left to refuse. */
export async function checkTexts(bench: Bench, texts: readonly FuzzText[]): Promise<Checked> {
  const findings = bench.dumps ? await otherWords(bench, texts) : [];
  return findings.length > 0 ? { findings, valid: [] } : withoutWhatHaproxyRefuses(bench, texts);
}

async function withoutWhatHaproxyRefuses(bench: Bench, texts: readonly FuzzText[]): Promise<Checked> {
  const findings: Finding[] = [];
  let left = texts;
  while (left.length > 0) {
    const ran = await runCheck(bench, left);
    const end = hasCrashedAfterAnError(ran) ? [] : badEnd(ran);
    findings.push(...foreignAccesses(bench, ran.accesses), ...end);
    if (findings.length > 0) return { findings, valid: [] };
    if (ran.end === 0) return { findings, valid: left };
    const fewer = withoutRefused(bench, left, ran.stderr);
    const isNothingNamed =
      fewer.length === left.length && fewer.every((text, at) => text.lines.length === left[at]?.lines.length);
    if (isNothingNamed) return halves(bench, left);
    left = fewer;
  }
  return { findings, valid: [] };
}

/** Checks each half of the texts alone, since HAProxy named no line and no section. */
async function halves(bench: Bench, texts: readonly FuzzText[]): Promise<Checked> {
  if (texts.length === 1) return { findings: [], valid: [] };
  const middle = Math.ceil(texts.length / 2);
  const one = await withoutWhatHaproxyRefuses(bench, texts.slice(0, middle));
  const other = await withoutWhatHaproxyRefuses(bench, texts.slice(middle));
  return { findings: [...one.findings, ...other.findings], valid: [...one.valid, ...other.valid] };
}

/** The file and line of a text as HAProxy's messages name them, and the names of sections that `makeText` gives. */
const NAMED_LINE = /\[\S*?text-(\d+)\.cfg:(\d+)\]/g;
const NAMED_SECTION = /(?<![A-Za-z0-9])[fbl](\d+)x/g;

/** The texts without the lines and sections that HAProxy's errors name. */
export function withoutRefused({ gate }: Bench, texts: readonly FuzzText[], stderr: string): FuzzText[] {
  const lines = new Map<number, Set<number>>();
  const whole = new Set<number>();
  for (const message of stderr.split(/^(?=\[[A-Z]+\])/m).filter((each) => each.startsWith('[ALERT]'))) {
    const places = [...message.matchAll(NAMED_LINE)];
    for (const [, text = '', line = ''] of places) {
      lines.set(Number(text), (lines.get(Number(text)) ?? new Set()).add(Number(line)));
    }
    if (places.length === 0) for (const [, text] of message.matchAll(NAMED_SECTION)) whole.add(Number(text));
  }
  return texts.flatMap((text) => {
    if (whole.has(text.index)) return [];
    const refused = lines.get(text.index);
    if (refused === undefined) return [text];
    const kept = { ...text, lines: text.lines.filter((_line, at) => !refused.has(at + 1)) };
    return acceptedPart(gate, kept) ?? [];
  });
}

/** Findings about what no text may reach. */
export function foreignAccesses({ usual, laboratory }: Bench, accesses: readonly Access[]): Finding[] {
  const { folder, places } = laboratory;
  const isOwn = ({ target }: Access): boolean =>
    [places.certificates, places.data].some((place) => `${target}/`.startsWith(`${place}/`)) ||
    // `@store/name`: without such a store HAProxy takes it for a file in its working folder, which is `/`.
    target.startsWith(`${places.bait}/@`) ||
    (target.startsWith(`${folder}/`) &&
      /^(?:base|text-\d+)\.cfg$|^admin\.sock/.test(target.slice(folder.length + 1)));
  const isAllowed = (access: Access): boolean =>
    usual.has(accessKey(access)) || isOwn(access) || isHarmless(access);
  const foreign = accesses
    .filter((access) => !isAllowed(access))
    .map(({ call, target }) => `${call} ${target}`);
  return [...new Set(foreign)].map((detail) => ({ kind: 'access', detail }));
}

/** What the C library reads to look a name up, such as that of a host to log to. */
const RESOLVER =
  /^\/etc\/(?:resolv|host|gai|nsswitch)\.conf$|^\/etc\/(?:hosts|services|protocols)$|^(?:\/var)?\/run\/(?:nscd\/socket|systemd\/resolve\/|\/resolvconf)/;
const LIBRARY = /^\/(?:usr\/)?lib\/|^\/etc\/ld\.so|\/haproxy-[^/]*\/root\/usr\/lib\//;

/** True for what the C library needs, the journal, to which a text may log, and addresses that servers may have. */
function isHarmless({ call, target }: Access): boolean {
  if (target === '/' || target === '/dev/log' || RESOLVER.test(target)) return true;
  if (LIBRARY.test(target) && /^open|stat/.test(call)) return true;
  const host = / \d+$/.test(target) ? target.replace(/ \d+$/, '') : undefined;
  if (host === undefined) return false;
  return call !== 'connect' || !/^(?:127\.|0\.|169\.254\.|::1$|::$|::ffff:127|fe80:)/.test(host);
}

/** A crash after an error with a line, for which the consumer takes the crash (apps/consumer/src/haproxy/check.ts). */
function hasCrashedAfterAnError({ end, stderr }: Traced): boolean {
  return /^SIG(?:SEGV|ABRT)$/.test(String(end)) && /^\[ALERT\][^\n]*\[[^\]\n]+:\d+\]/m.test(stderr);
}

/** Findings about a HAProxy that didn't end by itself, or got too little memory. */
export function badEnd({ end, stderr }: Traced): Finding[] {
  if (typeof end === 'string') return [{ kind: 'end', detail: `${end} ${stderr.slice(-300)}` }];
  return /out of memory|cannot allocate memory|not enough memory/i.test(stderr)
    ? [{ kind: 'memory', detail: stderr.slice(-300) }]
    : [];
}

/** Compares the words of each line that HAProxy prints before it parses them with those that the gate reads. */
async function otherWords(bench: Bench, texts: readonly FuzzText[]): Promise<Finding[]> {
  const { stdout } = await runTraced(bench.haproxy, bench.laboratory, [
    ...writeTexts(bench, texts),
    '-dC,line',
    '-c',
  ]);
  const actual = comparableDump(stdout);
  const expected = texts.map((text) => comparableDump(dumpOf(textOf(text))));
  if (actual.includes(expected.join(''))) return [];
  const wrong = expected.find((dump) => !actual.includes(dump)) ?? '';
  return [{ kind: 'words', detail: `not as the gate reads it: ${firstDifference(wrong, actual)}` }];
}

function firstDifference(expected: string, actual: string): string {
  const missing = expected.split('\n').find((line) => !actual.includes(`${line}\n`)) ?? expected;
  const number = /^\d+\t/.exec(missing)?.[0] ?? '';
  const there = actual.split('\n').filter((line) => number !== '' && line.startsWith(number));
  return `${JSON.stringify(missing)}, HAProxy: ${there
    .slice(-3)
    .map((line) => JSON.stringify(line))
    .join(' ')}`;
}
