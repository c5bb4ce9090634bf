import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runCommand } from '../support/sandbox/processes.ts';
import { programPath, repositoryRoot, scratchFolder } from '../support/sandbox/programs.ts';
import type { Scenario } from './alerts/scenario.ts';
import { SCENARIOS } from './alerts/scenarios.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly runbook: string };
}

const FOLDER = join(repositoryRoot, 'deploy/monitoring');
const FILE = join(FOLDER, 'alerts.yaml');
const rules = (
  parse(readFileSync(FILE, 'utf8')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);

const promtool = (...args: readonly string[]): ReturnType<typeof runCommand> =>
  runCommand([programPath('promtool'), ...args]);

/** The rule test of one scenario, as promtool reads it. */
function ruleTest(
  { alert, labels, annotations: { runbook } }: Rule,
  { series, at, fires }: Scenario,
): string {
  return stringify({
    rule_files: [FILE],
    // Over a day, every 15 s would be minutes of work.
    evaluation_interval: /^\d\dh/.test(at) ? '2m' : '15s',
    tests: [
      {
        interval: '15s',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          {
            eval_time: at,
            alertname: alert,
            exp_alerts: fires.map((fired) => ({
              exp_labels: { ...fired.labels, ...labels },
              exp_annotations: { summary: fired.summary, runbook },
            })),
          },
        ],
      },
    ],
  });
}

describe('deploy/monitoring', () => {
  it('has rules that promtool accepts', async () => {
    const { code, stdout, stderr } = await promtool('check', 'rules', FILE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${String(rules.length)} rules found`);
  });

  it('has a configuration that promtool accepts (Debian’s knows no kubernetes_sd_configs), with the jobs that the rules name', async () => {
    const config = parse(readFileSync(join(FOLDER, 'prometheus.yaml'), 'utf8')) as {
      readonly rule_files: readonly string[];
      readonly scrape_configs: readonly { readonly job_name: string }[];
    };
    const jobs = config.scrape_configs.map((job) => ({ ...job, kubernetes_sd_configs: undefined }));
    const copy = join(mkdtempSync(join(scratchFolder(), 'config-')), 'prometheus.yaml');
    const files = config.rule_files.map((file) => join(FOLDER, file));
    writeFileSync(copy, stringify({ ...config, rule_files: files, scrape_configs: jobs }));
    const { code, stdout, stderr } = await promtool('check', 'config', copy);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`${String(rules.length)} rules found`);
    const named = rules.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)].map(([, job]) => job));
    expect(jobs.map(({ job_name: name }) => name).sort()).toEqual([...new Set(named)].sort());
  });

  it('has rule tests for all alerts and no other; each alert has one in which it fires', () => {
    expect(Object.keys(SCENARIOS).sort()).toEqual(rules.map(({ alert }) => alert).sort());
    for (const [alert, scenarios] of Object.entries(SCENARIOS))
      expect(
        scenarios.map(({ fires }) => fires.length > 0),
        alert,
      ).toEqual(expect.arrayContaining([true, false]));
  });

  it.each(
    rules.flatMap((rule) =>
      (SCENARIOS[rule.alert] ?? []).map((scenario) => [rule.alert, scenario.says, rule, scenario] as const),
    ),
  )('%s: %s', async (_alert, _says, rule, scenario) => {
    const file = join(mkdtempSync(join(scratchFolder(), 'rules-')), 'test.yaml');
    writeFileSync(file, ruleTest(rule, scenario));
    const { code, stdout, stderr } = await promtool('test', 'rules', file);
    expect(code, stdout + stderr).toBe(0);
  });
});
