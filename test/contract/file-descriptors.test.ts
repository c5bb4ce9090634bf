import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countDescriptors, parseConfigText } from '@kubefigurator/haproxy-config';
import { afterAll, describe, expect, it } from 'vitest';
import type { HaproxyVersion } from '../support/haproxy/haproxy.ts';
import { eachHaproxy, plainBaseConfig, serve } from '../support/haproxy/haproxy.ts';
import { limitedHaproxy } from '../support/haproxy/limited-haproxy.ts';

/** Two for each connection of `maxconn 4000`. */
const CONNECTIONS = 8_000;
/** Without `maxconn`: HAProxy takes 100 connections at least. */
const FEWEST = 200;

const parent = mkdtempSync(join(tmpdir(), 'kf-descriptors-'));
afterAll(() => rmSync(parent, { recursive: true }));

const servers = (count: number, options: string): string =>
  Array.from({ length: count }, (_, at) => `  server s${String(at)} 127.0.0.1:9 ${options}\n`).join('');
const frontend = (lines: string): string => `frontend f\n  mode http\n${lines}`;
const backend = (lines: string): string => `backend b\n  mode http\n${lines}`;
const BINDS =
  '  bind 127.0.0.1:20000-20099\n  bind 127.0.0.1:20200,127.0.0.2:20200\n  bind [::1]:20300 v6only\n';
const TEXT = `${frontend(BINDS)}\n${backend(servers(300, 'check inter 3600s'))}`;

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  /** HAProxy's own number of the file descriptors that it needs. */
  async function socketsOf(program: HaproxyVersion, text: string, isFixed = true): Promise<number> {
    const folder = mkdtempSync(join(parent, 'h-'));
    const base = plainBaseConfig(folder);
    const flexible = base.replace('  maxconn 4000\n', '');
    const running = await serve(program, folder, text, isFixed ? base : flexible);
    try {
      return Number(/^Maxsock: (\d+)$/m.exec(await running.runtime('show info'))?.[1]);
    } finally {
      await running.stop();
    }
  }
  const withLimit = (descriptors: number): HaproxyVersion => ({
    ...haproxy,
    path: limitedHaproxy(haproxy.path, descriptors),
  });

  it.each([
    ['servers with checks', backend(servers(300, 'check inter 3600s')), 300],
    ['servers without', backend(servers(300, '')), 0],
    ['two kinds of checks', backend(servers(20, 'check agent-check agent-port 9 inter 3600s')), 60],
    ['templates', backend('  server-template s 1-30 127.0.0.1:9 check inter 3600s\n'), 30],
    ['addresses and ranges of ports', frontend(BINDS), 103],
    [
      'the same address in two frontends',
      `${frontend('  bind :20400\n')}listen g\n  mode http\n  bind :20400\n`,
      2,
    ],
  ])('counts file descriptors as we do: %s', async (_what, text, count) => {
    const nothing = await socketsOf(haproxy, '');
    expect(countDescriptors(parseConfigText(text))).toBe(count);
    expect((await socketsOf(haproxy, text)) - nothing).toBe(count);
  });

  it('starts with just as many as it needs, and with none less', async () => {
    const overhead = (await socketsOf(haproxy, '')) - CONNECTIONS;
    const count = countDescriptors(parseConfigText(TEXT));
    const need = overhead + CONNECTIONS + count;
    expect(await socketsOf(withLimit(need), TEXT)).toBe(need);
    await expect(socketsOf(withLimit(need - 1), TEXT)).rejects.toThrow(/Cannot raise FD limit|ended/);
    const fewest = overhead + FEWEST + count;
    expect(await socketsOf(withLimit(fewest), TEXT, false)).toBe(fewest);
    await expect(socketsOf(withLimit(fewest - 1), TEXT, false)).rejects.toThrow(
      /Cannot raise FD limit|ended/,
    );
  });
});
