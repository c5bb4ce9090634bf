import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { sandboxes } from './test/support/sandbox/pool.mjs';

/** Templates are imported as text, like the bundler does it. */
const ejsAsText = {
  name: 'ejs-as-text',
  enforce: 'pre' as const,
  load(id: string): string | undefined {
    return id.endsWith('.ejs') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};` : undefined;
  },
};
const shared = { plugins: [ejsAsText], define: { __KUBEFIGURATOR_VERSION__: '"0.0.0-test"' } };
/** Tests that only compute: vitest would leave one core idle. None is timed: a property may take long beside other work. */
const computing = { maxWorkers: availableParallelism(), testTimeout: 30_000 };
/** Real programs, which wait more than they compute: each file in a sandbox of its own, after everything that only computes. */
const realPrograms = {
  pool: sandboxes,
  maxWorkers: availableParallelism() + 1,
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{libs,apps,tools}/**/*.test.ts'],
          ...computing,
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
          ...computing,
          testTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          ...realPrograms,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          ...realPrograms,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...shared,
        test: {
          name: 'fault',
          include: ['test/fault/**/*.test.ts'],
          ...realPrograms,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
