import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eachHaproxy } from '../../support/haproxy/haproxy.ts';
import { runChecked } from '../../support/sandbox/processes.ts';
import { programPath } from '../../support/sandbox/programs.ts';
import { askFor, handshake } from './raw-client.ts';
import type { ServiceSpec, Stage } from './stage.ts';
import { createStage, WORKER_A, WORKER_B } from './stage.ts';

const MANY = Array.from({ length: 100 }, (_, index) => `host-${String(index).padStart(3, '0')}.example.org`);
const HTTP_SERVERS = { 'backends-use-ssl': 'false' };
const service = (name: string, nodePort: number, options: Readonly<Record<string, string>>): ServiceSpec => ({
  ...{ name, nodePort },
  options: { ...HTTP_SERVERS, ...options },
});
const API = service('api', 30_001, { hostname: 'api.example.com' });
const SHOP = service('shop', 30_002, { hostname: 'shop.example.com,www.example.com' });
const WIDE = service('wide', 30_003, { hostname: '*.apps.example.com' });
const OTHERS = service('others', 30_004, { 'ssl-certificate': 'team/z.pem' });

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.certificate('api.example.com.pem', 'api.example.com');
  await stage.certificate('shop.example.com.pem', 'shop.example.com', 'www.example.com');
  await stage.certificate('*.apps.example.com.pem', '*.apps.example.com');
  await stage.certificate('team/z.pem', 'z.example.com');
  await stage.certificate('fallback.pem', 'fallback.example.com');
  await createMany(stage);
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** The common name of the certificate that HAProxy serves for each SNI name. */
async function shown(...names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const sni of names) found.push((await handshake({ port: 443, sni })).certificate);
  return found;
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it('serves the certificate for the SNI name, and otherwise that of the oldest Service', async () => {
    await stage.serve(haproxy, [SHOP, WIDE, API]);
    expect(await shown('api.example.com', 'shop.example.com', 'SHOP.example.com')).toEqual([
      ...['api.example.com', 'shop.example.com', 'shop.example.com'],
    ]);
    expect(await shown('x.apps.example.com', 'www.example.com')).toEqual([
      ...['*.apps.example.com', 'shop.example.com'],
    ]);
    expect(await shown('none', 'wrong.example.net')).toEqual(['shop.example.com', 'shop.example.com']);
  });

  it('serves the default certificate without SNI and for an unknown name', async () => {
    await stage.serve(haproxy, [API, SHOP, OTHERS], { defaultCertificate: 'fallback.pem' });
    expect(await shown('none', 'wrong.example.net', 'api.example.com', 'z.example.com')).toEqual([
      ...['fallback.example.com', 'fallback.example.com', 'api.example.com', 'z.example.com'],
    ]);
  });

  it('routes by the Host, whatever the SNI name is', async () => {
    const addresses = [WORKER_A, WORKER_B];
    for (const { nodePort } of [API, SHOP, OTHERS]) {
      await stage.servers.listen(
        ...addresses.map((address) => ({ address, nodePort, speaks: 'http' as const })),
      );
    }
    await stage.serve(haproxy, [API, SHOP, OTHERS]);
    const served: (number | undefined)[] = [];
    for (const sni of ['api.example.com', 'wrong.example.net', 'none']) {
      served.push((await askFor({ port: 443, sni }, 'shop.example.com')).reached?.nodePort);
    }
    expect(served).toEqual([30_002, 30_002, 30_002]);
    expect((await askFor({ port: 443, sni: 'api.example.com' }, 'z.example.com')).reached?.nodePort).toBe(
      30_004,
    );
  });

  it('offers h2 and http/1.1 on an http bind, and neither on a tcp bind', async () => {
    const raw = { ...service('raw', 30_005, { 'haproxy-mode': 'tcp', 'use-ssl': 'true' }) };
    const tcp = {
      ...raw,
      options: { ...raw.options, 'ssl-certificate': 'team/z.pem', 'listen-port': '8443' },
    };
    await stage.serve(haproxy, [API, tcp]);
    const agreed: unknown[] = [];
    for (const port of [443, 8443]) {
      for (const offer of [['h2', 'http/1.1'], ['http/1.1'], []]) {
        agreed.push((await handshake({ port, sni: 'api.example.com' }, offer)).alpn);
      }
    }
    expect(agreed).toEqual(['h2', 'http/1.1', false, false, false, false]);
  });

  it('serves each of 100 certificates on one bind', async () => {
    const services = MANY.map((hostname, index) =>
      service(`s${String(index)}`, 31_000 + index, { hostname }),
    );
    await stage.serve(haproxy, services, { defaultCertificate: 'fallback.pem' });
    expect(await shown(...MANY, 'none')).toEqual([...MANY, 'fallback.example.com']);
  });
});

/** Creates a hundred certificates with one key, because generating keys is slow. */
async function createMany(of: Stage): Promise<void> {
  const key = join(of.folder, 'many.key');
  const openssl = (...args: readonly string[]): Promise<string> =>
    runChecked([programPath('openssl'), ...args]);
  const keyText = await openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout');
  writeFileSync(key, keyText);
  for (const name of MANY) {
    const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    const certificate = await openssl('req', '-x509', '-new', '-key', key, '-days', '2', ...names);
    writeFileSync(join(of.folder, 'ssl', `${name}.pem`), certificate + keyText);
  }
}
