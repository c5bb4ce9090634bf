import { Writable } from 'node:stream';
import type { Outcome } from '@kubefigurator/config-model';
import { createLogger } from '@kubefigurator/daemon';
import { describe, expect, it } from 'vitest';
import type { News } from './describe.ts';
import { createReporter } from './report.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'];

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly revision?: string;
  readonly [field: string]: unknown;
}

/** Reports the outcomes one after another, and gives the lines that each one wrote. */
function linesOf(...steps: readonly (Outcome | News)[]): readonly Line[] {
  const lines: Line[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  const report = createReporter(createLogger({ level: 'debug', format: 'json', stream, journal: false }));
  for (const step of steps)
    report('outcome' in step ? step : { revision: '7', outcome: step, durationMs: 1 });
  return lines;
}

/** What a person reads who filters by this level. */
const atOrAbove = (level: string, lines: readonly Line[]): readonly Line[] =>
  lines.filter((line) => LEVELS.indexOf(line.level) >= LEVELS.indexOf(level));

const blame = [{ sources: [], message: 'no such file' }];
const applied = { kind: 'applied', method: 'reload', proven: true, reasons: ['bind'] } as const;
const OUTCOMES = {
  applied: { ...applied, leftOut: [] },
  'applied in part': { ...applied, leftOut: blame },
  unchanged: { kind: 'unchanged', leftOut: [] },
  'unchanged in part': { kind: 'unchanged', leftOut: blame },
  kept: { kind: 'kept', reason: 'the key is not in etcd' },
  frozen: { kind: 'frozen', freeze: { since: '2026', by: 'ann' } },
  postponed: { kind: 'postponed', waitMs: 900, serversChanged: false },
  'postponed after a failure': { kind: 'postponed', waitMs: 900, serversChanged: false, failure: 'no' },
  'not running': { kind: 'not-running', reason: 'no socket' },
  'not loaded': { kind: 'not-loaded', reason: 'no -f' },
  rejected: { kind: 'rejected', stage: 'gate', blame },
  'failed to reload': { kind: 'failed', stage: 'reload', blame, restored: true },
  'failed pass': { kind: 'failed', stage: 'pass', blame, restored: 'unknown' },
} satisfies Readonly<Record<string, Outcome>>;
type Name = keyof typeof OUTCOMES;
const NAMES = Object.keys(OUTCOMES) as Name[];
const IN_SYNC: ReadonlySet<Name> = new Set(['applied', 'unchanged']);
/** The same state on the host: HAProxy runs what it can take, and this was said. */
const IN_PART: ReadonlySet<Name> = new Set(['applied in part', 'unchanged in part']);
const SETS = [IN_SYNC, IN_PART];
const isSameState = (one: Name, other: Name): boolean =>
  one === other || SETS.some((set) => set.has(one) && set.has(other));

describe('the last line at the level of the outcome before', () => {
  const pairs = NAMES.flatMap((before) => NAMES.map((after): [Name, Name] => [before, after]));

  it.each(pairs)('%s → %s describes the present state', (before, after) => {
    const first = linesOf(OUTCOMES[before]);
    const level = first[0]?.level === 'debug' ? 'info' : (first[0]?.level ?? '');
    const last = atOrAbove(level, linesOf(OUTCOMES[before], OUTCOMES[after])).at(-1);
    if (last === undefined || isSameState(before, after)) return;
    expect(last.msg).toBe(`apply.${OUTCOMES[after].kind}`);
    expect(last['leftOut'] ?? []).toEqual('leftOut' in OUTCOMES[after] ? OUTCOMES[after].leftOut : []);
  });

  it('is there: no change of the state is logged at level debug', () => {
    for (const [before, after] of pairs.filter(([one, other]) => !isSameState(one, other))) {
      const [, second] = linesOf(OUTCOMES[before], OUTCOMES[after]);
      expect([before, after, second?.level]).not.toEqual([before, after, 'debug']);
    }
  });
});

describe('the end of an alarm', () => {
  it.each<[Name, string]>([
    ['failed pass', 'error'],
    ['failed to reload', 'error'],
    ['unchanged in part', 'warn'],
    ['postponed after a failure', 'warn'],
    ['frozen', 'warn'],
    ['kept', 'warn'],
    ['rejected', 'warn'],
  ])('of "%s" is logged at level %s, once, with the fields of the outcome', (before, level) => {
    const { unchanged } = OUTCOMES;
    const lines = linesOf(OUTCOMES[before], unchanged, unchanged, unchanged);
    expect(lines.map((line) => line.level)).toEqual([level, level, 'debug', 'debug']);
    expect(lines[1]).toMatchObject({ msg: 'apply.unchanged', revision: '7', leftOut: [] });
  });

  it('is logged at the level of the alarm also if other outcomes came between', () => {
    const { unchanged, rejected, postponed } = OUTCOMES;
    for (const between of [rejected, postponed]) {
      const lines = linesOf(OUTCOMES['failed pass'], between, unchanged);
      expect(atOrAbove('error', lines).map(({ msg }) => msg)).toEqual([
        'apply.failed',
        `apply.${between.kind}`,
        'apply.unchanged',
      ]);
    }
  });

  it('leaves later outcomes at their own levels', () => {
    const lines = linesOf(OUTCOMES['failed pass'], OUTCOMES.unchanged, OUTCOMES.applied, OUTCOMES.rejected);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'info', 'warn']);
  });

  it('is not a wait for a reload: only the first one is logged at the level of the alarm', () => {
    const wait = (revision: string, waitMs: number): News => ({
      revision,
      outcome: { ...OUTCOMES.postponed, waitMs },
      durationMs: 1,
    });
    const lines = linesOf(OUTCOMES['failed pass'], wait('8', 900), wait('9', 800), OUTCOMES.applied);
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'info', 'error']);
  });
});

it('logs a later text at its own level if the same parts are still left out', () => {
  const { unchanged } = OUTCOMES;
  const inPart = (revision: string): News => ({
    revision,
    outcome: OUTCOMES['applied in part'],
    durationMs: 1,
  });
  const lines = linesOf(OUTCOMES['failed pass'], inPart('8'), inPart('9'), unchanged);
  expect(lines.map(({ level }) => level)).toEqual(['error', 'error', 'warn', 'error']);
});

describe('what is no news', () => {
  it('is logged at level debug: the same outcome, and an unchanged text at the start or after one that runs', () => {
    const { applied: whole, unchanged, rejected } = OUTCOMES;
    const levels = (...outcomes: readonly Outcome[]): readonly string[] =>
      linesOf(...outcomes).map(({ level }) => level);
    expect(levels(unchanged)).toEqual(['debug']);
    expect(levels(whole, unchanged)).toEqual(['info', 'debug']);
    expect(levels(OUTCOMES['applied in part'], OUTCOMES['unchanged in part'])).toEqual(['warn', 'debug']);
    expect(levels(rejected, rejected)).toEqual(['warn', 'debug']);
  });
});

it('cuts sources and messages, which a text can make long', () => {
  const sources = Array.from({ length: 9_000 }, () => ({ namespace: 'n', service: 's', port: 'p' }));
  const long = [{ sources, message: 'x'.repeat(65_000) }];
  for (const outcome of [
    { kind: 'rejected', stage: 'check', blame: long },
    { kind: 'unchanged', leftOut: long },
  ] as const) {
    const [line] = linesOf(outcome);
    expect(JSON.stringify(line)).toContain('xxx');
    expect(JSON.stringify(line).length).toBeLessThan(10_000);
  }
});

it.each([
  ['rejected', 'blame'],
  ['unchanged', 'leftOut'],
  ['applied', 'leftOut'],
] as const)('logs 20 of 9,000 parts of an outcome that is %s, and how many more there are', (kind, field) => {
  const parts = Array.from({ length: 9_000 }, (_, index) => ({
    sources: [{ namespace: 'n', service: `s${index}`, port: 'p' }],
    message: `bind 192.0.2.1:${index} isn't available`,
  }));
  const outcome = { ...OUTCOMES[kind], [field]: parts } as Outcome;
  const [line] = linesOf(outcome);
  expect(line?.[field]).toEqual(parts.slice(0, 20));
  expect(line?.['summary']).toMatch(/192\.0\.2\.1:19 isn't available; and 8980 more$/);
  if (field === 'leftOut') expect(line?.['leftOutCount']).toBe(9_000);
  expect(JSON.stringify(line).length).toBeLessThan(10_000);
});
