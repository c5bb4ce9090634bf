import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eachHaproxy, serve } from '../support/haproxy/haproxy.ts';
import { ask } from '../support/fleet/request.ts';

/** The titles of these tests show the versions that the other tests of this folder ran on. */
it.each(eachHaproxy())(
  'HAProxy %s serves a text, and another one after a reload',
  async (_version, haproxy) => {
    const folder = mkdtempSync(join(tmpdir(), 'kf-haproxy-'));
    const text = (status: number): string =>
      `frontend f\n  mode http\n  bind 127.0.0.1:8080\n  http-request return status ${String(status)}\n`;
    const status = async (): Promise<number> =>
      (await ask({ address: '127.0.0.1', port: 8080, host: 'a.example.com' })).status;
    const serving = await serve(haproxy, folder, text(200));
    try {
      expect(await status()).toBe(200);
      for (const next of [404, 503]) {
        await serving.reload(text(next));
        expect(await status()).toBe(next);
      }
      expect(await serving.runtime('show info')).toContain(`Version: ${haproxy.version}`);
    } finally {
      await serving.stop();
      rmSync(folder, { recursive: true });
    }
  },
);
