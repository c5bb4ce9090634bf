import { expect, it } from 'vitest';
import { choiceSetting, createMetrics, defineCommand, listSetting } from '@kubefigurator/daemon';
import { programPage } from './program-page.ts';

const shared = {
  host: listSetting({ flag: 'host', value: 'url', group: 'Place', default: ['a', 'b'], help: 'where' }),
};
const own = {
  ...shared,
  output: choiceSetting({
    flag: 'output',
    short: 'o',
    choices: ['text', 'json'],
    default: 'text',
    help: 'how',
  }),
};

it('lists commands, settings by group and metrics; a setting that not all commands have names its commands', () => {
  const metrics = createMetrics('kubefigurator_test');
  metrics.counter({ name: 'passes_total', help: 'passes by outcome', labels: ['outcome'] });
  const run = (): Promise<number> => Promise.resolve(0);
  const page = programPage(
    {
      name: 'program',
      commands: [
        defineCommand({ name: 'watch', summary: 'for ever', settings: shared, run }),
        defineCommand({ name: 'status', summary: 'how it is', settings: own, run }),
      ],
    },
    metrics.describe(),
  );
  expect(page).toContain('| `status` | how it is |');
  expect(page).toContain('### Place\n\n| flag | environment | default | meaning |');
  expect(page).toContain('| `--host <url>` | `KUBEFIGURATOR_HOST` | `a,b` | where |');
  expect(page).toContain(
    '| `-o`, `--output <text\\|json>` | `KUBEFIGURATOR_OUTPUT` | `text` | how (`status`) |',
  );
  expect(page).toContain('| `kubefigurator_test_passes_total` | counter | `outcome` | passes by outcome |');
});
