import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Program } from '@kubefigurator/daemon';
import { EVENTS } from '@kubefigurator/daemon';
import { consumer } from '@kubefigurator/consumer/program';
import { producer } from '@kubefigurator/producer/program';
import { consumerMetrics, producerMetrics } from '../reference/metrics-lists.ts';
import { ALERTS } from './alerts.ts';
import { grafanaDashboard } from './dashboard.ts';
import { ROWS } from './panels.ts';
import { readRunbooks } from './runbooks.ts';

const METRICS = [...consumerMetrics(), ...producerMetrics()];
const alerts = Object.values(ALERTS).flat();
const queries = ROWS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
const runbooks = readRunbooks(readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8'));
/** Labels that every series has from Prometheus, and that of a bucket. */
const LABELS_OF_ALL = ['instance', 'job', 'le'];

/** The metrics that PromQL names, without the suffix that a histogram's series have. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/kubefigurator_(?:producer|consumer)_\w+/g)].map(([name]) =>
    METRICS.some((metric) => metric.name === name) ? name : name.replace(/_(?:bucket|sum|count)$/, ''),
  );
}

/** What `{…}`, `by (…)`, `on (…)` and `ignoring (…)` name. */
function labelsIn(expression: string): readonly string[] {
  const matchers = [...expression.matchAll(/\{([^}]*)\}/g)].flatMap(([, text = '']) =>
    [...text.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
  );
  const lists = [...expression.matchAll(/\b(?:by|on|ignoring) \(([^)]*)\)/g)].flatMap(([, text = '']) =>
    text.split(', '),
  );
  return [...matchers, ...lists];
}

it.each([...alerts, ...queries].map(({ expression }) => expression))(
  'names metrics and labels that there are: %s',
  (expression) => {
    const metrics = metricsIn(expression).map((name) => METRICS.find((metric) => metric.name === name));
    expect(metrics).not.toContain(undefined);
    const labels = metrics.flatMap((metric) => metric?.labels ?? []);
    expect([...LABELS_OF_ALL, ...labels]).toEqual(expect.arrayContaining([...labelsIn(expression)]));
  },
);

it('shows every metric of both programs in the dashboard', () => {
  const shown = queries.flatMap(({ expression }) => metricsIn(expression));
  expect(METRICS.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
});

it('has panels with ids of their own that don’t overlap', () => {
  const { panels } = JSON.parse(grafanaDashboard()) as {
    readonly panels: readonly {
      readonly id: number;
      readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
    }[];
  };
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)}:${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

it('has one runbook for each alert, in the order of the alerts, and no other', () => {
  expect(runbooks.map(({ alert }) => alert)).toEqual(alerts.map(({ name }) => name));
});

const PARTS = ['What it means.', 'What to look at.', 'What to do.'];
const PROGRAMS: readonly Program[] = [consumer, producer];

it.each(runbooks.map((runbook) => [runbook.alert, runbook] as const))('%s: its runbook', (_name, runbook) => {
  expect(runbook.parts).toEqual(PARTS);
  for (const [name = '', command = '', ...flags] of runbook.ours) {
    const found = PROGRAMS.find((program) => program.name === name)?.commands.find(
      (each) => each.name === command,
    );
    expect(found, `${name} ${command}`).toBeDefined();
    const known = Object.values(found?.table ?? {}).flatMap(({ flag, short }) => [`--${flag}`, `-${short}`]);
    for (const flag of flags.filter((word) => word.startsWith('-'))) expect(known).toContain(flag);
  }
  for (const event of runbook.events) expect(Object.keys(EVENTS)).toContain(event);
});
