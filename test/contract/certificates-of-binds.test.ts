import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { excessesOfHosts } from '@kubefigurator/haproxy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/fleet/certificates.ts';
import { checkConfig, eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';

/** As many certificates on binds as a text may have: HAProxy's check stays far from its limit of 60 seconds. */
const LONGEST_CHECK_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'kf-certificates-'));
const files = Array.from({ length: 25 }, (_, index) => join(folder, `${String(index)}.pem`));

beforeAll(async () => {
  const authority = await createAuthority(join(folder, 'ca'));
  for (const [index, file] of files.entries()) {
    const { cert, key } = await authority.issue([`${String(index)}.example.com`]);
    writeFileSync(file, cert + key);
  }
  writeFileSync(join(folder, 'base.cfg'), plainBaseConfig(folder));
});
afterAll(() => rmSync(folder, { recursive: true }));

function textOf(binds: number, perBind: number): string {
  const words = files.slice(0, perBind).map((file) => `crt ${file}`);
  const frontends = Array.from({ length: binds }, (_, index) =>
    [
      `# service: shop/s${String(index)} port: web`,
      `frontend f${String(index)}`,
      '  mode http',
      `  bind 127.0.0.1:${String(20_000 + index)} ssl ${words.join(' ')} alpn h2,http/1.1`,
    ].join('\n'),
  );
  return `# a text\n\n${frontends.join('\n\n')}\n`;
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it.each([
    ['few on many binds', 10_000, 2],
    ['many on some binds', 800, 25],
  ])(
    'checks the most certificates of binds in time: %s',
    { timeout: 120_000 },
    async (_what, binds, each) => {
      const text = textOf(binds, each);
      expect(excessesOfHosts(text)).toEqual([]);
      expect(excessesOfHosts(textOf(binds + 1, each)).map(({ resource }) => resource)).toContain(
        'certificates',
      );
      const file = join(folder, 'text.cfg');
      writeFileSync(file, text);
      const began = performance.now();
      expect(await checkConfig(haproxy, [join(folder, 'base.cfg'), file])).toMatchObject({ code: 0 });
      expect(performance.now() - began).toBeLessThan(LONGEST_CHECK_MS);
    },
  );
});
