import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../support/fleet/certificates.ts';
import { eachHaproxy } from '../../support/haproxy/haproxy.ts';
import { waitFor, when } from '../../support/sandbox/wait.ts';
import type { ServerSpec } from './answering-servers.ts';
import type { RawAnswer } from './raw-client.ts';
import { askFor, exchange } from './raw-client.ts';
import type { ServiceSpec, Stage } from './stage.ts';
import { createStage, WORKER_A, WORKER_B } from './stage.ts';

const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
const NODE_PORT = 30_001;
const service = (options: Readonly<Record<string, string>>, nodePort = NODE_PORT): ServiceSpec => ({
  ...{ name: `s${String(nodePort)}`, nodePort },
  options: { ...PLAIN, ...options },
});
const both = (speaks: 'http' | 'tcp', nodePort = NODE_PORT): ServerSpec[] =>
  [WORKER_A, WORKER_B].map((address) => ({ address, nodePort, speaks }));

let stage: Stage;
let foreignCa: string;
beforeAll(async () => {
  stage = await createStage();
  foreignCa = (await createAuthority(join(stage.folder, 'foreign'))).caFile;
  await stage.certificate('shop.example.com.pem', 'shop.example.com');
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** Starts TLS servers whose certificate has this name. */
async function listenWithTls(name: string): Promise<void> {
  const tls = await stage.authority.issue([name]);
  const specs = [WORKER_A, WORKER_B].map((address) => ({
    address,
    nodePort: NODE_PORT,
    speaks: 'https' as const,
    tls,
  }));
  await stage.servers.listen(...specs);
}

const ask = (): Promise<RawAnswer> => askFor({ port: 80 }, 'any.example.com');
const TLS = { 'backends-use-ssl': 'true' };
const VERIFIED = { ...TLS, 'backends-verify-ssl': 'true' };
const NAMED = { ...VERIFIED, 'backends-server-name': 'Internal.example.com' };

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it('speaks TLS to servers whose certificate isn’t trusted', async () => {
    await listenWithTls('whoever.example.net');
    await stage.serve(haproxy, [service(TLS)], { backendCaFile: foreignCa });
    expect((await ask()).status).toBe(200);
  });

  it('follows the bind: TLS on the bind means TLS to the servers', async () => {
    await listenWithTls('whoever.example.net');
    await stage.serve(haproxy, [{ ...service({}), options: { hostname: 'shop.example.com' } }]);
    expect((await askFor({ port: 443, sni: 'shop.example.com' }, 'shop.example.com')).status).toBe(200);
  });

  it('verifies only the authority if no server name is given, and refuses an unknown authority', async () => {
    await listenWithTls('whoever.example.net');
    const known = await stage.serve(haproxy, [service(VERIFIED)], { backendCaFile: stage.authority.caFile });
    expect((await ask()).status).toBe(200);
    await known.stop();
    await stage.serve(haproxy, [service(VERIFIED)], { backendCaFile: foreignCa });
    expect((await ask()).status).toBe(503);
  });

  it('verifies the name if one is given, and sends it as SNI', async () => {
    await listenWithTls('internal.example.com');
    await stage.serve(haproxy, [service(NAMED)], { backendCaFile: stage.authority.caFile });
    expect(await ask()).toMatchObject({ status: 200, reached: { sni: 'internal.example.com' } });
  });

  it('refuses servers with another name, also in health checks', async () => {
    await listenWithTls('imposter.example.com');
    const serving = await stage.serve(haproxy, [service(NAMED)], { backendCaFile: stage.authority.caFile });
    expect((await ask()).status).toBe(503);
    await waitFor('the checks fail', async () => {
      const state = await serving.runtime('show stat');
      return when(
        (state.match(/,worker-[ab],/g) ?? []).length > 0 && /,worker-a,.*,DOWN,/.test(state),
        state,
      );
    });
  });

  it('sends the name without verifying it', async () => {
    await listenWithTls('imposter.example.com');
    const options = { ...TLS, 'backends-server-name': 'internal.example.com' };
    await stage.serve(haproxy, [service(options)], { backendCaFile: foreignCa });
    expect(await ask()).toMatchObject({ status: 200, reached: { sni: 'internal.example.com' } });
  });

  it('sends a request to another node if one is down, even before health checks notice it', async () => {
    await stage.servers.listen({ address: WORKER_A, nodePort: NODE_PORT, speaks: 'http' });
    await stage.serve(haproxy, [service({})]);
    const answers: RawAnswer[] = [];
    for (let request = 0; request < 6; request += 1) answers.push(await ask());
    expect(answers.map(({ status, reached }) => [status, reached?.node])).toEqual(
      answers.map(() => [200, WORKER_A]),
    );
  });

  it('uses the configured algorithm', async () => {
    await stage.servers.listen(...both('http'), ...both('http', 30_002));
    const byHeader = { hostname: 'h.example.com', 'backends-balance-method': 'hdr(host)' };
    await stage.serve(haproxy, [service({ 'backends-balance-method': 'source' }), service(byHeader, 30_002)]);
    const nodes = async (host: string): Promise<(string | undefined)[]> => {
      const found = new Set<string | undefined>();
      for (let request = 0; request < 6; request += 1)
        found.add((await askFor({ port: 80 }, host)).reached?.node);
      return [...found];
    };
    expect(await nodes('any.example.com')).toHaveLength(1);
    expect(await nodes('h.example.com')).toHaveLength(1);
  });

  it('passes tcp through unchanged, over both nodes', async () => {
    await stage.servers.listen(...both('tcp'));
    await stage.serve(haproxy, [service({ 'haproxy-mode': 'tcp', 'listen-port': '5432' })]);
    const texts = [await exchange({ port: 5432 }, 'anything\r\n'), await exchange({ port: 5432 }, '\0\x01')];
    expect(texts.sort()).toEqual([`${WORKER_A} 30001\nanything\r\n`, `${WORKER_B} 30001\n\0\x01`]);
  });

  it('terminates TLS on a tcp bind', async () => {
    await stage.servers.listen(...both('tcp'));
    const options = {
      'haproxy-mode': 'tcp',
      'use-ssl': 'true',
      'ssl-certificate': 'shop.example.com.pem',
      'backends-use-ssl': 'false',
    };
    await stage.serve(haproxy, [service(options)]);
    expect(await exchange({ port: 80, sni: 'shop.example.com' }, 'hi')).toMatch(
      /^127\.0\.1\.[12] 30001\nhi$/,
    );
  });
});
