import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { parseListeners, probeBind } from './ports.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function hold(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ host, port: 0 }, resolve));
  return (server.address() as AddressInfo).port;
}

function point(host: string, port: number): Parameters<typeof probeBind>[0] {
  return { host, port, v6only: false, transparent: false, sources: [], section: 'x' };
}

it('a free port can be had', async () => {
  const port = await hold('127.0.0.1');
  servers.splice(0)[0]?.close();
  expect(await probeBind(point('127.0.0.1', port), [], true)).toBeUndefined();
});

it.each(['127.0.0.1', '0.0.0.0'])('a port held by another program is told (%s)', async (host) => {
  const port = await hold('127.0.0.1');
  expect(await probeBind(point(host, port), [], true)).toContain('held by another program');
});

it('a port this HAProxy holds already is no obstacle, by whichever address', async () => {
  const port = await hold('127.0.0.1');
  const own = [point('127.0.0.1', port)];
  expect(await probeBind(point('127.0.0.1', port), own, true)).toBeUndefined();
  expect(await probeBind(point('0.0.0.0', port), own, true)).toBeUndefined();
});

it('an address this host lacks is told, unless the bind is transparent', async () => {
  const absent = point('192.0.2.77', 8080);
  expect(await probeBind(absent, [], true)).toContain('no interface of this host has the address');
  expect(await probeBind({ ...absent, transparent: true }, [], true)).toBeUndefined();
});

it('reads listening sockets only', () => {
  const table = `  sl  local_address rem_address   st tx_queue
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F91 0100007F:0050 01 00000000:00000000
   2: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0
   3: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0
   4: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0`;
  expect(parseListeners(table)).toEqual([
    { host: '127.0.0.1', port: 8080 },
    { host: '::', port: 22 },
    { host: '2001:db8::1', port: 80 },
    { host: '127.0.0.1', port: 81 },
  ]);
});
