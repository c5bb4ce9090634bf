import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { serveHealth, type HealthOptions, type HealthServer } from './health.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { captureStream, until } from './testing/captured-io.ts';

let server: HealthServer | undefined;
afterEach(() => server?.close());

async function serve(options: Partial<HealthOptions> = {}): Promise<string> {
  const log = createLogger({ level: 'error', format: 'json', stream: new PassThrough(), journal: false });
  const signal = new AbortController().signal;
  const metrics = createMetrics('kubefigurator_test');
  metrics.counter({ name: 'passes_total', help: 'Passes.', labels: ['outcome'] }).add(2, { outcome: 'ok' });
  metrics.gauge({ name: 'age_seconds', help: 'Age.', read: () => 5 });
  metrics.histogram({ name: 'pass_seconds', help: 'Time.' }).observe(0.02);
  const checks = { healthy: () => true as const, ready: () => 'caches are incomplete' };
  server = await serveHealth({
    address: '127.0.0.1:0',
    metrics,
    givesReasons: true,
    ...checks,
    log,
    signal,
    ...options,
  });
  return `http://${server.address ?? ''}`;
}

describe('serveHealth', () => {
  it('answers /healthz and /readyz with 200, or 503 and the reason', async () => {
    const url = await serve();
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.text()]).toEqual([200, 'ok\n']);
    const ready = await fetch(`${url}/readyz?verbose`);
    expect([ready.status, await ready.text()]).toEqual([503, 'caches are incomplete\n']);
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('answers `no` instead of the reason if it may give none', async () => {
    const url = await serve({ givesReasons: false, healthy: () => 'a pass is stuck' });
    for (const path of ['healthz', 'readyz']) {
      const response = await fetch(`${url}/${path}`);
      expect([response.status, await response.text()]).toEqual([503, 'no\n']);
    }
  });

  it('serves the metrics with the prefix', async () => {
    const response = await fetch(`${await serve()}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('# HELP kubefigurator_test_passes_total Passes.');
    expect(text).toContain('kubefigurator_test_passes_total{outcome="ok"} 2');
    expect(text).toContain('kubefigurator_test_age_seconds 5');
    expect(text).toContain('kubefigurator_test_pass_seconds_bucket{le="0.025"} 1');
  });

  it('logs that the metrics failed, once, and that they recovered', async () => {
    const { stream, text } = captureStream();
    const log = createLogger({ level: 'warn', format: 'json', stream, journal: false });
    const metrics = createMetrics('kubefigurator_test');
    let isBroken = true;
    const read = (): number => {
      if (isBroken) throw new Error('broken');
      return 1;
    };
    metrics.gauge({ name: 'age_seconds', help: 'Age.', read });
    const url = await serve({ metrics, log });
    const statuses = [];
    for (const broken of [true, true, false, false]) {
      isBroken = broken;
      statuses.push((await fetch(`${url}/metrics`)).status);
    }
    expect(statuses).toEqual([500, 500, 200, 200]);
    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { level: 'warn', msg: 'metrics.failed', err: { message: 'broken' } },
      { level: 'warn', msg: 'metrics.recovered' },
    ]);
  });

  it('rejects with address and reason if it cannot listen', async () => {
    const address = (await serve()).slice('http://'.length);
    await expect(serve({ address })).rejects.toThrow(
      `can't serve metrics and health on ${address}: the port is already in use`,
    );
    await expect(serve({ address: '192.0.2.1:9641' })).rejects.toThrow('this machine has no such address');
  });

  it('does not listen if it is off, and closes if the signal is aborted', async () => {
    await serve({ address: 'off' });
    expect(server?.address).toBeUndefined();
    const stop = new AbortController();
    const url = await serve({ signal: stop.signal });
    stop.abort();
    await until('it is closed', () =>
      fetch(url).then(
        () => false,
        () => true,
      ),
    );
  });
});
