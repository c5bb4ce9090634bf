import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { BindPoint } from '@kubefigurator/haproxy-config';
import { formatBind } from '@kubefigurator/haproxy-config';
import { createForeignPorts } from './foreign-ports.ts';
import { listListeners, parseListeners, probeBind } from './ports.ts';

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

async function probe(
  at: BindPoint,
  own: readonly BindPoint[] = [],
  base: readonly BindPoint[] = [],
  foreign = createForeignPorts(),
): Promise<string | undefined> {
  const listeners = await listListeners();
  return probeBind(at, { own, base, listeners, foreign, outgoing: undefined, mayTryBind: true });
}

function point(host: string, port: number): BindPoint {
  return { host, port, v6only: false, transparent: false, sources: [], section: 'listen x', word: '' };
}

it('a free port is available', async () => {
  const port = await hold('127.0.0.1');
  servers.splice(0)[0]?.close();
  expect(await probe(point('127.0.0.1', port), [])).toBeUndefined();
});

it.each(['127.0.0.1', '0.0.0.0'])('a port held by another program is reported (%s)', async (host) => {
  const port = await hold('127.0.0.1');
  expect(await probe(point(host, port), [])).toContain('held by another program');
});

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '0.0.0.0'],
  ['0.0.0.0', '127.0.0.1'],
  // Most programs listen so, for IPv4 too, and the kernel's table doesn't show that.
  ['::', '0.0.0.0'],
  ['::', '127.0.0.1'],
  ['::', '::'],
  ['::1', '::'],
])(
  'a port that another program held on %s is left to it for a while on %s, and says until when',
  async (host, own) => {
    const port = await hold(host);
    const foreign = createForeignPorts();
    const at = point(own, port);
    foreign.see(formatBind(at), performance.now() - 2_000);
    expect(await probe(at, [], [], foreign)).toMatch(/held by another program/);
    for (const server of servers.splice(0)) server.close();
    expect(await probe(at, [], [], foreign)).toMatch(
      /may only be restarting: it is left to that program for up to 60 minutes more, or until .*SIGHUP/,
    );
    foreign.forget();
    expect(await probe(at, [], [], foreign)).toBeUndefined();
  },
);

it('a port is seen with another program each time it is found in use, and not with HAProxy itself', async () => {
  const port = await hold('::');
  const at = point('0.0.0.0', port);
  const seen: string[] = [];
  const foreign = { ...createForeignPorts(), see: (name: string) => seen.push(name) };
  for (let count = 0; count < 2; count += 1)
    expect(await probe(at, [], [], foreign)).toContain('held by another program');
  expect(seen).toEqual([formatBind(at), formatBind(at)]);
  expect(await probe(at, [point('::', port)], [], foreign)).toContain('in use');
  expect(seen).toHaveLength(2);
});

it('a port this HAProxy holds already is no obstacle, by whichever address', async () => {
  const port = await hold('127.0.0.1');
  const own = [point('127.0.0.1', port)];
  expect(await probe(point('127.0.0.1', port), own)).toBeUndefined();
  expect(await probe(point('0.0.0.0', port), own)).toBeUndefined();
});

it("a port of the operator's own file is reported as such", async () => {
  const [at, base] = [point('0.0.0.0', 28_404), point('127.0.0.1', 28_404)];
  expect(await probe(at, [], [base])).toContain('base file');
});

const outgoing = { range: [32_768, 60_999], reserved: [[40_000, 40_000]] } as const;
const none = { base: [], listeners: [], foreign: createForeignPorts(), mayTryBind: false };

it.each([
  [
    'is in the range of outgoing connections',
    44_858,
    [],
    /any port from 32768 to 60999 to an outgoing connection/,
  ],
  ['is reserved there', 40_000, [], undefined],
  ['is outside of it', 8_443, [], undefined],
  ['is HAProxy’s already', 44_858, [point('0.0.0.0', 44_858)], undefined],
])('a port that %s', async (_what, port, own, problem) => {
  const found = await probeBind(point('0.0.0.0', port), { ...none, own, outgoing });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(problem);
});

it('a thousand new binds beside as many listeners are probed at once', async () => {
  const listeners = Array.from({ length: 1_200 }, (_, index) => ({ host: '0.0.0.0', port: 10_000 + index }));
  const binds = listeners.map(({ host, port }) => point(host, port + 5_000));
  const started = performance.now();
  for (const bind of binds)
    expect(await probeBind(bind, { ...none, own: [], listeners, outgoing })).toBeUndefined();
  // It was 16 s; the bound is wide, since this machine may be busy.
  expect(performance.now() - started).toBeLessThan(4_000);
});

it('an address this host lacks is reported, unless the bind is transparent', async () => {
  const absent = point('192.0.2.77', 8080);
  expect(await probe(absent, [])).toContain('no interface of this host has the address');
  expect(await probe({ ...absent, transparent: true }, [])).toBeUndefined();
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
