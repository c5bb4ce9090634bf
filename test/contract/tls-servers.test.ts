import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { excessesOfHosts, MOST_TLS_SERVERS } from '@kubefigurator/haproxy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';
import { runCommand } from '../support/sandbox/processes.ts';

/** What the agent lets a check have: memory by default, and time. That of the processor is the same on a busy machine. */
const [CHECK_BYTES, CHECK_SECONDS] = [4_096 * 2 ** 20, 60];
const SHARE = 0.5;
const NODES = 50;
const NAME = 'internal.example.com';
const folder = mkdtempSync(join(tmpdir(), 'kf-tls-servers-'));

beforeAll(() => writeFileSync(join(folder, 'base.cfg'), plainBaseConfig(folder)));
afterAll(() => rmSync(folder, { recursive: true }));

function textOf(servers: number, words: string): string {
  const line = (node: number): string =>
    `  server w${String(node)} 10.1.0.${String(node)}:30080 check ssl ${words}`;
  const lines = Array.from({ length: NODES }, (_, node) => line(node)).join('\n');
  const backends = Array.from(
    { length: servers / NODES },
    (_, index) =>
      `# service: shop/s${String(index)} port: web\nbackend b${String(index)}\n  mode http\n${lines}`,
  );
  return `# a text\n\n${backends.join('\n\n')}\n`;
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it.each([
    ['none checked', SHARE * MOST_TLS_SERVERS, 'verify none'],
    [
      'all checked',
      (SHARE * MOST_TLS_SERVERS) / 2,
      `verify required ca-file @system-ca sni str(${NAME}) check-sni ${NAME} verifyhost ${NAME}`,
    ],
  ])(
    'checks the servers with TLS that one namespace may have, within the limits of a check: %s',
    { timeout: 400_000 },
    async (_what, servers, words) => {
      const text = textOf(servers, words);
      expect(excessesOfHosts(text, SHARE)).toEqual([]);
      expect(excessesOfHosts(textOf(servers + NODES, words), SHARE)).toMatchObject([
        { resource: 'tls-servers' },
      ]);
      const file = join(folder, 'text.cfg');
      writeFileSync(file, text);
      const { code } = await runCommand(
        [
          ...['prlimit', `--as=${String(CHECK_BYTES)}`, `--cpu=${String(CHECK_SECONDS)}`, '--'],
          ...[haproxy.path, '-c', '-f', join(folder, 'base.cfg'), '-f', file],
        ],
        { limitMs: 300_000 },
      );
      expect(code).toBe(0);
    },
  );
});
