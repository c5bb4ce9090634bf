import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceProgram } from '@kubefigurator/daemon';
import { expect, it } from 'vitest';
import { apply } from './commands/apply.ts';
import { diff } from './commands/diff.ts';
import { view } from './commands/view.ts';
import { watch } from './commands/watch.ts';
import { createProducerMetrics } from './metrics.ts';

const FILE = join(import.meta.dirname, '../../../docs/reference/producer.md');

it('docs/reference/producer.md says what the tables say', () => {
  const { metrics } = createProducerMetrics({
    sourceAlive: () => undefined,
    etcdAlive: () => undefined,
    sourceComplete: () => false,
    inSync: () => false,
  });
  const page = referenceProgram({
    name: 'kubefigurator-producer',
    commands: [watch, apply, view, diff],
    metrics: metrics.describe(),
  });
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(FILE, page);
  const known = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  expect(page, `${FILE} is stale; UPDATE_GOLDENS=1 npm run test:unit writes it`).toBe(known);
});
