import { expect, it } from 'vitest';
import { defineCommand } from './command.ts';
import { runProgram } from './program.ts';
import { textSetting } from './settings.ts';
import { captureIo } from './testing/captured-io.ts';

/** What a command that takes two arguments makes of these. */
async function call(...args: readonly string[]): Promise<string> {
  const { io, out, err } = captureIo(['free', ...args], {});
  const free = defineCommand({
    name: 'free',
    summary: 'takes arguments',
    settings: {
      bind: textSetting({ flag: 'bind', help: 'one' }),
      host: textSetting({ flag: 'host', help: 'two' }),
    },
    positional: ['bind', 'host'],
    run: ({ settings }) => {
      io.stdout.write(`${settings.bind ?? 'none'} ${settings.host ?? 'none'}\n`);
      return Promise.resolve(0);
    },
  });
  await runProgram({ name: 'test', version: '1', summary: 'a test', commands: [free] }, io);
  return `${out()}${err()}`.trimEnd();
}

it.each([
  [[], 'none none'],
  [['*:443'], '*:443 none'],
  [['*:443', 'a.org'], '*:443 a.org'],
  [['--bind=*:443'], '*:443 none'],
  [['--host', 'a.org', '*:443'], '*:443 a.org'],
  [['a', 'b', 'c'], 'test: unexpected argument "c"; free takes bind and host only'],
  [[''], 'test: --bind: is empty'],
])('an argument counts as the value of the flag of its place: %j', async (args, output) => {
  expect(await call(...args)).toBe(output);
});
