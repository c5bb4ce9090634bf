import type { ServiceRecord } from '@kubefigurator/translator';
import { describe, expect, it } from 'vitest';
import { excessesOfCompilation, refuseExcess } from './excess.ts';
import type { Asked } from './testing/asked.ts';
import { compiled, HONEST, isForRoom, judge, nodes, PLAIN, service } from './testing/asked.ts';

/** Text that gzip can't make smaller. */
const noise = (bytes: number): string => {
  let state = 1;
  return Array.from({ length: bytes }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 94));
  }).join('');
};

it.each([
  ['small', 'x\n'],
  ['of 10 MB that gzip makes small', 'a line of text\n'.repeat(400_000)],
])('a text may be published that is %s', (_what, text) => {
  expect(excessesOfCompilation({ text })).toEqual([]);
  expect(() => refuseExcess(excessesOfCompilation({ text }))).not.toThrow();
});

it.each([
  [
    'too large even if it is gzipped',
    noise(3_000_000),
    '1468006 bytes, gzipped, that one value of etcd takes',
  ],
  [
    'too large for the memory of a host',
    `${'x'.repeat(1_000)}\n`.repeat(26_000),
    '25165824 bytes that the hosts',
  ],
  ['of too many lines', '  mode tcp\n'.repeat(500_001), '500000 lines that the hosts take'],
])('a text may not be published that is %s', (_what, text, says) => {
  expect(() => refuseExcess(excessesOfCompilation({ text }))).toThrow(says);
});

const addresses = Array.from({ length: 16 }, (_, index) => `10.9.0.${String(index + 1)}`).join();
const LONG = `${'n'.repeat(60)}.`.repeat(4).slice(0, 243);

/** What tenants ask for to make every host refuse the text: only a part may reach the text, and the rest is named. */
const ATTACKS: readonly (readonly [string, string, number, readonly ServiceRecord[]])[] = [
  [
    'binds',
    '10,000 addresses to listen on',
    1,
    Array.from({ length: 14 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 54,
        options: { 'haproxy-mode': 'tcp', ...PLAIN, 'listen-ip': addresses },
        each: (port) => ({ 'listen-port': String(2_000 + 54 * index + port + 20_000) }),
      }),
    ),
  ],
  [
    'words of servers',
    'words or parts of lists',
    500,
    Array.from({ length: 19 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 20,
        options: {
          ...{ 'haproxy-mode': 'tcp', ...PLAIN, 'backends-use-ssl': 'true', 'backends-verify-ssl': 'true' },
          'backends-server-name': 'a.b',
        },
        each: (port) => ({ 'listen-port': String(20_000 + 20 * index + port) }),
      }),
    ),
  ],
  [
    'rules of one bind',
    '30,000 calls in the expressions of one section',
    1,
    Array.from({ length: 31 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 200,
        options: { ...PLAIN, 'listen-port': '80' },
        // Wildcards with different numbers of labels need a rule each.
        each: (port) => ({
          hostname: Array.from(
            { length: 5 },
            (_, label) => `*.${'a.'.repeat(label)}s${String(index)}-${String(port)}.test`,
          ).join(),
        }),
      }),
    ),
  ],
  [
    'certificates on binds',
    '20,000 certificates of binds that the hosts take',
    1,
    Array.from({ length: 26 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 54,
        options: { 'listen-ip': addresses },
        each: (port) => ({ hostname: `s${String(index)}-${String(port)}.test` }),
      }),
    ),
  ],
  [
    'servers',
    '300,000 servers that the hosts take',
    500,
    Array.from({ length: 8 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 90,
        options: { 'haproxy-mode': 'tcp', ...PLAIN },
        each: (port) => ({ 'listen-port': String(20_000 + 90 * index + port) }),
      }),
    ),
  ],
  [
    'characters of servers',
    '25,165,824 bytes that the hosts unpack',
    150,
    Array.from({ length: 40 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 8,
        options: {
          ...{ 'haproxy-mode': 'tcp', ...PLAIN, 'backends-use-ssl': 'true', 'backends-verify-ssl': 'true' },
          'backends-server-name': LONG,
        },
        each: (port) => ({ 'listen-port': String(20_000 + 90 * index + port) }),
      }),
    ),
  ],
];

describe('what is published', () => {
  it.each(ATTACKS)(
    'passes the gate of the hosts, and serves an honest Service, beside too many %s',
    { timeout: 120_000 },
    (_what, limit, nodeCount, evil) => {
      const snapshot = { services: [...evil, HONEST], nodes: nodes(nodeCount) };
      const { text, diagnostics, excesses } = compiled(snapshot);
      const leftOut = diagnostics.filter(({ code }) => isForRoom(code));
      expect({ excesses, verdict: judge(text).kind }).toEqual({ excesses: [], verdict: 'accepted' });
      expect(text).toContain('\nbackend k8s-service_honest_web_p1_backend\n');
      expect(leftOut.length).toBeGreaterThan(0);
      expect(leftOut.length).toBeLessThan(evil.length);
      for (const { message, object } of leftOut) {
        expect(message).toContain(limit);
        expect(object.name).toMatch(/^s\d+$/);
      }
      expect(compiled(snapshot, text).text).toBe(text);
    },
  );

  it('goes on changing if there is no room for one more Node', { timeout: 120_000 }, () => {
    const evil = Array.from({ length: 6 }, (_, index) =>
      service({
        name: `s${String(index)}`,
        ports: 100,
        options: { 'haproxy-mode': 'tcp', ...PLAIN },
        each: (port) => ({ 'listen-port': String(20_000 + 100 * index + port) }),
      }),
    );
    const before = compiled({ services: evil, nodes: nodes(500) });
    expect(before.diagnostics).toEqual([]);
    const fewer = evil.map((each, index) => (index > 0 ? each : { ...each, ports: each.ports.slice(0, 99) }));
    const { text, excesses, diagnostics } = compiled({ services: fewer, nodes: nodes(503) }, before.text);
    expect({ excesses, verdict: judge(text).kind }).toEqual({ excesses: [], verdict: 'accepted' });
    expect(text.match(/^backend /gm)).toHaveLength(599);
    // 599 backends of 500 servers leave 500 servers of 300,000.
    expect(text.match(/^ {2}server /gm)).toHaveLength(599 * 500);
    const noRoom = diagnostics.filter(({ code }) => isForRoom(code));
    expect(noRoom.map(({ object: { kind, name } }) => `${kind} ${name}`)).toEqual([
      ...['Node worker-500', 'Node worker-501', 'Node worker-502'],
    ]);
  });

  it(
    'stays, and has who is new and honest, if published Services ask for many certificates instead of one',
    { timeout: 120_000 },
    () => {
      const asking = (certificateOf: (port: string) => string): ServiceRecord[] =>
        Array.from({ length: 26 }, (_, index) =>
          service({
            name: `s${String(index)}`,
            ports: 54,
            options: { 'listen-ip': addresses },
            each: (port) => ({
              hostname: `s${String(index)}-${String(port)}.test`,
              'ssl-certificate': certificateOf(`${String(index)}-${String(port)}`),
            }),
          }),
        );
      const newcomer = service({
        name: 'new',
        namespace: 'honest',
        options: { hostname: 'new.example.com' },
      });
      const before = compiled({ services: asking(() => 'star.test.pem'), nodes: nodes(1) }).text;
      const services = [...asking((port) => `${port}.pem`), newcomer];
      const { text, diagnostics, excesses } = compiled({ services, nodes: nodes(1) }, before);
      expect({ excesses, verdict: judge(text).kind }).toEqual({ excesses: [], verdict: 'accepted' });
      expect(text).toContain('\nbackend k8s-service_honest_new_p1_backend\n');
      const leftOut = diagnostics.filter(({ code }) => isForRoom(code)).map(({ object }) => object.namespace);
      expect(new Set(leftOut)).toEqual(new Set(['evil']));
      expect(compiled({ services, nodes: nodes(1) }, text).text).toBe(text);
    },
  );

  /** What 65 published Services ask for later, each within its limits. */
  const GROWTH: readonly (readonly [string, number, Asked['options'], string])[] = [
    [
      'names on the lines of servers, of which more have TLS than new ones might',
      150,
      { 'backends-use-ssl': 'true', 'backends-verify-ssl': 'true', 'backends-server-name': LONG },
      '25,165,824 bytes that the hosts unpack',
    ],
  ];
  it.each(GROWTH)(
    'stays, together with a new honest Service, if published Services grow by %s',
    { timeout: 120_000 },
    (_what, nodeCount, growth, limit) => {
      const grown = (options: Asked['options']): ServiceRecord[] =>
        Array.from({ length: 65 }, (_, index) =>
          service({
            name: `s${String(index)}`,
            ports: 8,
            options: { 'haproxy-mode': 'tcp', ...PLAIN, ...options },
            each: (port) => ({ 'listen-port': String(20_000 + 90 * index + port) }),
          }),
        );
      const all = { nodes: nodes(nodeCount) };
      const before = compiled({
        ...all,
        services: grown({ 'backends-use-ssl': 'true', 'backends-verify-ssl': 'true' }),
      }).text;
      expect(judge(before).kind).toBe('accepted');
      const { text, diagnostics, excesses } = compiled(
        { ...all, services: [...grown(growth), HONEST] },
        before,
      );
      expect({ excesses, verdict: judge(text).kind }).toEqual({ excesses: [], verdict: 'accepted' });
      const backends = (of: string): string[] => of.match(/^backend \S+/gm) ?? [];
      const honest = 'backend k8s-service_honest_web_p1_backend';
      expect(new Set(backends(text))).toEqual(new Set([...backends(before), honest]));
      const named = diagnostics.filter(({ code }) => isForRoom(code));
      expect(named.length).toBeGreaterThan(0);
      for (const { message } of named) {
        expect(message).toContain(limit);
        expect(message).toContain('only what is published already is served');
      }
    },
  );
});
