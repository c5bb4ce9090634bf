import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { binaryTrouble, checkConfig } from './check.ts';

const options = { env: { PATH: '/usr/bin:/bin' }, signal: new AbortController().signal };

function program(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kubefigurator-check-')), 'haproxy');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

it('accepts a program that answers like HAProxy, new and old', async () => {
  expect(await binaryTrouble(program("echo 'HAProxy version 3.0.11'"), options)).toBeUndefined();
  expect(await binaryTrouble(program("echo 'HA-Proxy version 2.0.0'"), options)).toBeUndefined();
});

it('names the flag for every other program', async () => {
  expect(await binaryTrouble('/nowhere/haproxy', options)).toMatch(
    /^can't run \/nowhere\/haproxy: there is no such program; .*--haproxy-binary$/,
  );
  expect(await binaryTrouble(program('true'), options)).toMatch(/doesn't answer as HAProxy/);
  expect(await checkConfig('/nowhere/haproxy', [], options)).toEqual({
    kind: 'unasked',
    reason: expect.stringContaining('--haproxy-binary') as string,
  });
});
