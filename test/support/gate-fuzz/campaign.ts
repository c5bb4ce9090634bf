import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGate, type Gate } from '@kubefigurator/haproxy-config';
import type { HaproxyVersion } from '../haproxy/haproxy.ts';
import { repositoryRoot } from '../sandbox/programs.ts';
import type { Bench, Finding } from './check.ts';
import { checkTexts, prepareBench } from './check.ts';
import type { Laboratory } from './programs.ts';
import { createRandom } from '../measuring/random.ts';
import { runTexts } from './run.ts';
import { shrinkLines } from './shrink.ts';
import type { FuzzText } from './texts.ts';
import { makeText, textOf } from './texts.ts';
import { vocabularyOf } from './vocabulary.ts';

/** The texts of a batch, which one HAProxy reads together. */
export const BATCH = 60;
const MOST_REPORTED = 5;

export interface Plan {
  /** The first batch has this seed, the next one the number after it. */
  readonly seed: number;
  /** The campaign ends after this number of batches, or after `limitMs`, whichever comes first. */
  readonly batches: number;
  readonly limitMs?: number;
  /** HAProxy checks every batch, and runs one of this number. */
  readonly checkedForOneRun: number;
}

export interface Outcome {
  readonly batches: number;
  readonly texts: number;
  /** Texts of which HAProxy accepts some lines; and how many lines it accepts. */
  readonly valid: number;
  readonly lines: number;
  /** Texts that HAProxy ran. */
  readonly ran: number;
  /** The first words of the lines that HAProxy accepts. */
  readonly directives: ReadonlySet<string>;
  /** What was found, with the seed and the text, shrunk. */
  readonly reports: readonly string[];
}

/** The gate as hosts have it by default, with the folders of the laboratory. */
export function gateOf({ places }: Laboratory): Gate {
  return createGate({
    allowSections: [],
    folders: { certificates: [places.certificates], data: [places.data] },
    maxLength: 1_000_000,
  });
}

/** Judges random texts that the gate accepts by one HAProxy, until something is found. */
export async function runCampaign(
  haproxy: HaproxyVersion,
  laboratory: Laboratory,
  plan: Plan,
): Promise<Outcome> {
  const gate = gateOf(laboratory);
  const bench = await prepareBench(haproxy, laboratory, gate);
  const vocabulary = vocabularyOf(haproxy, laboratory.folder);
  const source = { vocabulary, places: laboratory.places, gate, rendered: renderedLines() };
  const limit = performance.now() + (plan.limitMs ?? Number.POSITIVE_INFINITY);
  const sum = { batches: 0, texts: 0, valid: 0, lines: 0, ran: 0 };
  const directives = new Set<string>();
  while (sum.batches < plan.batches && performance.now() < limit) {
    const seed = plan.seed + sum.batches;
    const random = createRandom(seed);
    const texts = Array.from({ length: BATCH }, (_, index) => makeText({ ...source, random }, index) ?? []);
    const isRun = sum.batches % plan.checkedForOneRun === 0;
    const { reports, valid } = await judgeBatch(bench, texts.flat(), isRun);
    if (reports.length > 0) {
      const heading = `HAProxy ${haproxy.version}, seed ${seed}: `;
      return { ...sum, directives, reports: reports.map((report) => `${heading}${report}`) };
    }
    sum.batches += 1;
    sum.texts += texts.flat().length;
    sum.valid += valid.length;
    sum.ran += isRun ? valid.length : 0;
    sum.lines += valid.reduce((lines, text) => lines + text.lines.length, 0);
    for (const line of valid.flatMap(({ lines }) => lines)) directives.add(line.trim().split(/\s/)[0] ?? '');
  }
  return { ...sum, directives, reports: [] };
}

/** What is wrong with texts, each of them shrunk; and those that HAProxy accepts. */
export async function judgeBatch(
  bench: Bench,
  texts: readonly FuzzText[],
  isRun: boolean,
): Promise<{ readonly reports: readonly string[]; readonly valid: readonly FuzzText[] }> {
  const { findings, valid } = await checkTexts(bench, texts);
  if (findings.length > 0) return { reports: await explain(texts, findings, judgeChecked(bench)), valid: [] };
  const found = isRun && valid.length > 0 ? await runTexts(bench, valid) : [];
  return { reports: found.length > 0 ? await explain(valid, found, judgeRun(bench)) : [], valid };
}

/** What one text alone does; nothing if the gate refuses it. */
type Judge = (text: FuzzText) => Promise<readonly Finding[]>;

function judgeChecked(bench: Bench): Judge {
  return async (text) => (isAccepted(bench, text) ? (await checkTexts(bench, [text])).findings : []);
}

function judgeRun(bench: Bench): Judge {
  return async (text) => (isAccepted(bench, text) ? runTexts(bench, [text]) : []);
}

function isAccepted({ gate }: Bench, text: FuzzText): boolean {
  return gate(textOf(text)).kind === 'accepted';
}

/** The texts at fault, each shrunk to what still shows its finding. */
async function explain(
  texts: readonly FuzzText[],
  found: readonly Finding[],
  judge: Judge,
): Promise<string[]> {
  const reports: string[] = [];
  for (const text of texts) {
    const [finding] = await judge(text);
    if (finding === undefined) continue;
    const ofKind = async (lines: readonly string[]): Promise<Finding | undefined> =>
      (await judge({ ...text, lines })).find(({ kind }) => kind === finding.kind);
    const lines = await shrinkLines(text.lines, async (fewer) => (await ofKind(fewer)) !== undefined);
    reports.push(describe((await ofKind(lines)) ?? finding, lines));
    if (reports.length >= MOST_REPORTED) return reports;
  }
  return reports.length > 0
    ? reports
    : found.slice(0, MOST_REPORTED).map((each) => describe(each, ['(only together)']));
}

function describe({ kind, detail }: Finding, lines: readonly string[]): string {
  return `${kind}: ${detail}\n${lines.map((line) => `  | ${JSON.stringify(line)}`).join('\n')}`;
}

/** The distinct lines of the golden texts. */
function renderedLines(): string[] {
  const folder = join(repositoryRoot, 'libs/translator/golden');
  const files = readdirSync(folder).filter((file) => file.endsWith('.out.cfg'));
  const lines = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  return [...new Set(lines)].filter((line) => line.startsWith('  ') && line.length < 300);
}
