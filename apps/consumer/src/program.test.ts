import { expect, it } from 'vitest';
import { commands } from './program.ts';

const LOGGING = ['log-format', 'log-level', 'verbosity'];

it.each([
  ['status', ['haproxy-config', 'haproxy-master-socket', 'haproxy-runtime-socket', 'output']],
  ['freeze', ['reason']],
  ['thaw', []],
])('%s takes the flags that mean something to it', (name, own) => {
  const table = commands.find((command) => command.name === name)?.table ?? {};
  const flags = Object.values(table).map(({ flag }) => flag);
  expect(flags.sort()).toEqual([...LOGGING, 'host-name', 'state-directory', ...own].sort());
});
