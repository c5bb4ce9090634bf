import { GENERATED, code, page, table } from '../reference/markdown.ts';
import { ALERTS, type Alert } from './alerts.ts';

const OPERATIONS = 'docs/operations.md';

/** The alert rules as Prometheus reads them. */
export function alertRules(): string {
  const groups = Object.entries(ALERTS).map(
    ([program, alerts]) =>
      `  - name: kubefigurator-${program}\n    rules:\n${alerts.map(writeRule).join('')}`,
  );
  return `# Generated from tools/monitoring/alerts.ts: UPDATE_GOLDENS=1 npm run test:unit writes it.
# Each alert has a runbook in ${OPERATIONS}; a Prometheus of 2.40 or newer reads the file by \`rule_files\`.
groups:
${groups.join('')}`;
}

function writeRule({ name, expression, wait, severity, summary }: Alert): string {
  const lines = [
    `- alert: ${name}`,
    '  expr: >-',
    `    ${expression}`,
    ...(wait === undefined ? [] : [`  for: ${wait}`]),
    '  labels:',
    `    severity: ${severity}`,
    '  annotations:',
    '    summary: >-',
    `      ${summary}`,
    `    runbook: ${OPERATIONS}#${name.toLowerCase()}`,
  ];
  return lines.map((line) => `      ${line}\n`).join('');
}

/** The page of the reference that lists all alerts. */
export function alertsPage(): string {
  const rows = Object.values(ALERTS)
    .flat()
    .map(({ name, severity, expression, wait = '' }) => [
      `[${name}](../operations.md#${name.toLowerCase()})`,
      severity,
      code(expression),
      wait,
    ]);
  return page([
    '# Alerts',
    GENERATED,
    'The rules of `deploy/monitoring/alerts.yaml`; each name leads to its runbook.',
    'critical: clients are affected, or changes do not reach a host. warning: look today. info: look when there is time.',
    table(['alert', 'severity', 'expression', 'for'], rows),
  ]);
}
