import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@kubefigurator/daemon';
import { captureStream, until } from '@kubefigurator/daemon/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReloadCheck } from './reload-check.ts';
import { startReloadCheck } from './reload-check.ts';

/** Stands in for HAProxy: it refuses each file with the word `broken` in it. */
const FAKE_HAPROXY = `#!/bin/sh
echo run >> "$(dirname "$0")/runs"
for file; do case $file in -*) continue;; esac
[ -e "$file" ] || { echo "[ALERT]    (7) : Could not open configuration file $file" >&2; exit 1; }
if grep -qs broken "$file"; then echo "[ALERT]    (7) : config : parsing [$file:1] : unknown keyword 'broken'." >&2; exit 1; fi; done
`;

let folder: string;
let stop: AbortController;
let isAtRest: boolean;
const at = (name: string): string => join(folder, name);
const runs = (): number =>
  existsSync(at('runs')) ? readFileSync(at('runs'), 'utf8').split('\n').length - 1 : 0;

function start(againMs = 60_000): { readonly check: ReloadCheck; readonly events: () => string[] } {
  const { stream, text } = captureStream();
  const check = startReloadCheck(
    {
      host: {
        binary: at('haproxy'),
        baseConfigs: [at('haproxy.cfg')],
        env: { PATH: '/usr/bin:/bin' },
        checkMemoryBytes: undefined,
        live: { path: at('dynamic.cfg') },
      },
      signal: stop.signal,
      log: createLogger({ level: 'info', format: 'json', stream, journal: false }),
      isAtRest: () => isAtRest,
      onChange: () => undefined,
    },
    { pollMs: 10, repeatMs: 20, againMs },
  );
  return { check, events: () => [...text().matchAll(/"msg":"([^"]*)"/g)].map(([, msg = '']) => msg) };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-reload-'));
  stop = new AbortController();
  isAtRest = true;
  writeFileSync(at('haproxy'), FAKE_HAPROXY);
  chmodSync(at('haproxy'), 0o755);
  for (const name of ['haproxy.cfg', 'dynamic.cfg']) writeFileSync(at(name), 'good\n');
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

it('a file of the host that breaks is reported until it is mended, and is checked once for each change', async () => {
  const { check, events } = start();
  await until('1 checks', () => runs() === 1);
  appendFileSync(at('haproxy.cfg'), 'broken\n');
  await until('there is trouble', () => check.trouble() !== undefined);
  expect(check.trouble()).toBe(`parsing [${at('haproxy.cfg')}:1] : unknown keyword 'broken'.`);
  expect(runs()).toBe(3);
  writeFileSync(at('haproxy.cfg'), 'good again\n');
  await until('it is over', () => check.trouble() === undefined);
  expect(runs()).toBe(4);
  expect(events()).toEqual(['reload-check.failed', 'reload-check.recovered']);
});

it('a file that is broken when the agent starts is reported, and one that is gone', async () => {
  writeFileSync(at('haproxy.cfg'), 'broken\n');
  const { check } = start();
  await until('there is trouble', () => check.trouble() !== undefined);
  const broken = check.trouble();
  rmSync(at('haproxy.cfg'));
  await until('another reason', () => check.trouble() !== undefined && check.trouble() !== broken);
  expect(check.trouble()).toContain('Could not open');
});

it('another cause that goes away ends the trouble after a while', async () => {
  const { check, events } = start(30);
  await until('1 checks', () => runs() === 1);
  writeFileSync(at('dynamic.cfg'), 'broken\n');
  appendFileSync(at('haproxy.cfg'), 'more\n');
  await until('there is trouble', () => check.trouble() !== undefined);
  writeFileSync(at('dynamic.cfg'), 'good\n');
  await until('it is over', () => check.trouble() === undefined);
  expect(events()).toEqual(['reload-check.failed', 'reload-check.recovered']);
});

it('a refusal that isn’t repeated is no trouble: a file may have been half-written', async () => {
  writeFileSync(at('haproxy'), `${FAKE_HAPROXY}[ "$(wc -l < "$(dirname "$0")/runs")" -gt 1 ] || exit 1\n`);
  const { check, events } = start();
  await until('2 checks', () => runs() === 2);
  expect([check.trouble(), events()]).toEqual([undefined, []]);
});

it('nothing is checked while a pass runs, nor before there is a dynamic.cfg', async () => {
  rmSync(at('dynamic.cfg'));
  isAtRest = false;
  const { check } = start();
  writeFileSync(at('dynamic.cfg'), 'broken\n');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(runs()).toBe(0);
  isAtRest = true;
  await until('there is trouble', () => check.trouble() !== undefined);
});
