import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eachHaproxy } from '../../support/haproxy/haproxy.ts';
import { waitFor, when } from '../../support/sandbox/wait.ts';
import type { ServerSpec } from './answering-servers.ts';
import type { Target } from './raw-client.ts';
import { askFor, askOverHttp2, callGrpc, exchange } from './raw-client.ts';
import type { ServiceSpec, Stage } from './stage.ts';
import { createStage, WORKER_A, WORKER_B } from './stage.ts';

const HOST = 'shop.example.com';
const NODE_PORT = 30_001;
const CLEAR: Target = { port: 80 };
const OVER_TLS: Target = { port: 443, sni: HOST };

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.certificate(`${HOST}.pem`, HOST);
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

/** Two Services with one host name and one node port: on the bind without TLS, and on the bind with TLS. */
function services(appProtocol: string, options: ServiceSpec['options'] = {}): ServiceSpec[] {
  const name = { hostname: HOST, ...options };
  return [
    {
      name: 'clear',
      nodePort: NODE_PORT,
      appProtocol,
      options: { ...name, 'use-ssl': 'false', 'listen-port': '80' },
    },
    { name: 'tls', nodePort: NODE_PORT, appProtocol, options: name },
  ];
}

async function listen(speaks: ServerSpec['speaks']): Promise<void> {
  const tls = await stage.authority.issue(['whoever.example.net']);
  const addresses = [WORKER_A, WORKER_B];
  await stage.servers.listen(...addresses.map((address) => ({ address, nodePort: NODE_PORT, speaks, tls })));
}

const OK = { status: 200, grpcStatus: '0', reached: { nodePort: NODE_PORT, host: HOST } };

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it('kubernetes.io/h2c: gRPC reaches its servers from a plain bind and from one with TLS', async () => {
    await listen('h2c');
    const serving = await stage.serve(haproxy, services('kubernetes.io/h2c'));
    expect(await callGrpc(OVER_TLS, HOST)).toMatchObject(OK);
    expect(await callGrpc(CLEAR, HOST)).toMatchObject(OK);
    await waitFor('every check passes', async () => {
      const state = await serving.runtime('show stat');
      return when(
        (state.match(/,worker-[ab],.*,L4OK,/g) ?? []).length === 4 && !state.includes(',DOWN,'),
        state,
      );
    });
  });

  it('kubernetes.io/h2c: clients of HTTP/1.1 and of HTTP/2 are served alike', async () => {
    await listen('h2c');
    await stage.serve(haproxy, services('kubernetes.io/h2c'));
    expect((await askFor(CLEAR, HOST)).status).toBe(200);
    expect((await askFor(OVER_TLS, `${HOST}.`)).status).toBe(200);
    expect(await askOverHttp2(OVER_TLS, HOST)).toMatchObject({ nodePort: NODE_PORT, proto: 'https' });
  });

  it('kubernetes.io/h2c with backends-use-ssl: HTTP/2 over TLS, checks included', async () => {
    await listen('h2');
    const serving = await stage.serve(haproxy, services('kubernetes.io/h2c', { 'backends-use-ssl': 'true' }));
    expect(await callGrpc(OVER_TLS, HOST)).toMatchObject(OK);
    expect(await callGrpc(CLEAR, HOST)).toMatchObject(OK);
    await waitFor('every check passes', async () => {
      const state = await serving.runtime('show stat');
      return when(
        (state.match(/,worker-[ab],.*,L6OK,/g) ?? []).length === 4 && !state.includes(',DOWN,'),
        state,
      );
    });
  });

  it.each([
    ['http', 'http'],
    ['kubernetes.io/ws', 'http'],
    ['https', 'https'],
    ['kubernetes.io/wss', 'https'],
  ] as const)(
    '%s: the servers speak %s, whatever the bind does; WebSockets pass',
    async (appProtocol, speaks) => {
      await listen(speaks);
      await stage.serve(haproxy, services(appProtocol));
      for (const target of [CLEAR, OVER_TLS]) {
        expect((await askFor(target, HOST)).status).toBe(200);
        const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
        const lines = [`Host: ${HOST}`, ...upgrade, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''];
        const text = await exchange(target, ['GET / HTTP/1.1', ...lines].join('\r\n'));
        expect(text).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n\{"node":"127/);
      }
    },
  );

  it('https on a tcp port: the TLS of the clients reaches the servers', async () => {
    await listen('https');
    const options = { 'haproxy-mode': 'tcp', 'listen-port': '443' };
    await stage.serve(haproxy, [{ name: 'tcp', nodePort: NODE_PORT, appProtocol: 'https', options }]);
    expect(await askFor(OVER_TLS, HOST)).toMatchObject({ status: 200, reached: { sni: HOST } });
  });
});
