import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { haproxyBinaryTrouble, checkConfig } from './check.ts';

const options = {
  env: { PATH: '/usr/bin:/bin' },
  signal: new AbortController().signal,
  memoryBytes: undefined,
};

function program(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kubefigurator-check-')), 'haproxy');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

it('accepts a program that answers like HAProxy, new and old', async () => {
  expect(await haproxyBinaryTrouble(program("echo 'HAProxy version 3.0.11'"), options)).toBeUndefined();
  expect(await haproxyBinaryTrouble(program("echo 'HA-Proxy version 2.0.0'"), options)).toBeUndefined();
});

it('names the flag for every other program', async () => {
  expect(await haproxyBinaryTrouble('/nowhere/haproxy', options)).toMatch(
    /^can't run \/nowhere\/haproxy: there is no such program; .*--haproxy-binary$/,
  );
  expect(await haproxyBinaryTrouble(program('true'), options)).toMatch(/doesn't answer as HAProxy/);
  expect(await checkConfig('/nowhere/haproxy', [], options)).toEqual({
    kind: 'unasked',
    reason: expect.stringContaining('--haproxy-binary') as string,
  });
});

it('blames no Service for a file that HAProxy can’t open', async () => {
  const said =
    '[ALERT]    (7) : Cannot open configuration file/directory /nope.cfg : No such file or directory';
  const blind = program(`echo "${said}" >&2; exit 1`);
  expect(await checkConfig(blind, ['/nope.cfg'], options)).toEqual({
    kind: 'unasked',
    reason: expect.stringMatching(
      /can't open \/nope.cfg : No such file or directory; .*--haproxy-base-config/,
    ) as string,
  });
});

it.each([undefined, 4 * 2 ** 30])(
  'names the flag for a program that is missing, limited to %s bytes',
  async (memoryBytes) => {
    expect(await checkConfig('/nowhere/haproxy', [], { ...options, memoryBytes })).toEqual({
      kind: 'unasked',
      reason: expect.stringMatching(
        /^can't run \/nowhere\/haproxy: there is no such program; .*--haproxy-binary$/,
      ) as string,
    });
  },
);

it('runs HAProxy with the limit of memory', async () => {
  const memoryBytes = 512 * 2 ** 20;
  const asked = program('test "$(ulimit -v)" = 524288 || { echo "limit $(ulimit -v)" >&2; exit 1; }');
  expect(await checkConfig(asked, [], { ...options, memoryBytes })).toEqual({ kind: 'valid' });
});

it('goes on without a limit on a host without prlimit', async () => {
  const unlimited = program('test "$(ulimit -v)" = unlimited');
  const env = { PATH: '/nowhere' };
  expect(await checkConfig(unlimited, [], { ...options, env, memoryBytes: 2 ** 20 })).toEqual({
    kind: 'valid',
  });
});

it.each([
  [
    'it ran out of memory',
    'echo "[ALERT] (1) : config : parsing [x.cfg:52] : proxy a: out of memory" >&2; exit 1',
    /ran out of memory of 64 MiB \(--check-memory\)$/,
  ],
  [
    'it ran out of memory, as HAProxy 2.6 says that',
    'echo "(null)(null)[ALERT]    (7) : config : Error(s) found" >&2; exit 1',
    /ran out of memory/,
  ],
  ['it took too long', 'sleep 60', /didn't end within 0.3 s$/],
  [
    'it crashed and had reported no error',
    'kill -SEGV $$',
    /was ended by SIGSEGV: it crashed, or the host has no memory left/,
  ],
])('says that HAProxy gave no verdict, since %s, and blames no line', async (_what, script, says) => {
  const limits = { ...options, memoryBytes: 64 * 2 ** 20, timeoutMs: 300 };
  expect(await checkConfig(program(script), [], limits)).toEqual({
    kind: 'exhausted',
    reason: expect.stringMatching(says) as string,
  });
});

it.each([
  ['SEGV', "config : parsing [/x.cfg:3] : error detected in frontend 'f' while parsing 'set-map(m)' rule"],
  ['ABRT', 'config : Parsing [/x.cfg:3]: failed to parse log-format : unknown fetch method'],
  ['BUS', "config : parsing [/x.cfg:52] : unknown keyword 'a' in 'listen' section"],
  ['FPE', 'parsing [/x.cfg:1] : no such keyword'],
])('takes what HAProxy said of a line before it crashed by SIG%s', async (signal, said) => {
  const crashing = program(`echo "[ALERT]    (7) : ${said}" >&2; kill -${signal} $$`);
  expect(await checkConfig(crashing, [], options)).toEqual({
    kind: 'invalid',
    stderr: expect.stringContaining(said) as string,
  });
});

it.each([
  ['SEGV', '[NOTICE] (7) : haproxy version is 2.6.12'],
  ['ABRT', '[WARNING] (7) : config : parsing [/x.cfg:3] : odd'],
  ['KILL', '[ALERT] (7) : config : parsing [/x.cfg:3] : unknown keyword'],
  ['SEGV', '[ALERT] (7) : config : parsing [/x.cfg:3] : out of memory'],
])('blames no line for SIG%s after: %s', async (signal, said) => {
  const crashing = program(`echo "${said}" >&2; kill -${signal} $$`);
  expect(await checkConfig(crashing, [], options)).toMatchObject({ kind: 'exhausted' });
});
