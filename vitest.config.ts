import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Templates are imported as text, like the bundler does it. */
const ejsAsText = {
  name: 'ejs-as-text',
  enforce: 'pre' as const,
  load(id: string): string | undefined {
    return id.endsWith('.ejs') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))};` : undefined;
  },
};
const shared = { plugins: [ejsAsText], define: { __KUBEFIGURATOR_VERSION__: '"0.0.0-test"' } };
/** Real programs on two cores: one file at a time, after everything that only computes. */
const realPrograms = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: { name: 'unit', include: ['{libs,apps,tools}/**/*.test.ts'], sequence: { groupOrder: 0 } },
      },
      {
        ...shared,
        test: {
          name: 'architecture',
          include: ['test/architecture/**/*.test.ts'],
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
          sequence: { groupOrder: 3 },
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
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
