import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referenceProgram } from '@kubefigurator/daemon';
import { expect, it } from 'vitest';
import { createConsumerMetrics } from './metrics.ts';
import { commands } from './program.ts';

const FILE = join(import.meta.dirname, '../../../docs/reference/consumer.md');

it('docs/reference/consumer.md says what the tables say', () => {
  const { registry } = createConsumerMetrics({ silence: () => 0, blind: () => 0 });
  const page = referenceProgram({ name: 'kubefigurator-consumer', commands, metrics: registry.describe() });
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(FILE, page);
  const known = existsSync(FILE) ? readFileSync(FILE, 'utf8') : '';
  expect(page, `${FILE} is stale; UPDATE_GOLDENS=1 npm run test:unit writes it`).toBe(known);
});
