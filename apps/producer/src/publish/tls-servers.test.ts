import { countOfTls } from './testing/tls-servers.ts';
import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '@kubefigurator/translator';
import type { Asked } from './testing/asked.ts';
import { compiled, HONEST, isForRoom, judge, nodes, PLAIN, service } from './testing/asked.ts';

const NODES = nodes(300);
/** Half of what there is for new Services. */
const SHARE = 80_000;
const TLS = { 'backends-use-ssl': 'true' };
const CHECKED = { ...TLS, 'backends-verify-ssl': 'true' };

/** Services with eight ports each, on each node a server. */
function evil(count: number, options: Asked['options'], first = 0): ServiceRecord[] {
  return Array.from({ length: count }, (_, index) =>
    service({
      name: `s${String(first + index)}`,
      ports: 8,
      options: { ...PLAIN, ...options },
      each: (port) => ({
        'listen-port': '80',
        hostname: `s${String(first + index)}-${String(port)}.test`,
      }),
    }),
  );
}

const newcomer = (options: Asked['options']): ServiceRecord =>
  service({
    name: 'new',
    namespace: 'honest',
    options: { ...PLAIN, ...options, 'listen-port': '80', hostname: 'new.test' },
  });
const noRoom = ({ diagnostics }: ReturnType<typeof compiled>): string[] =>
  diagnostics
    .filter(({ code }) => isForRoom(code))
    .map(({ object }) => `${String(object.namespace)}/${object.name}`);

describe('TLS to more servers than HAProxy checks in some ten seconds', () => {
  it.each([
    ['that isn’t checked', TLS],
    ['with checked certificates', CHECKED],
  ])(
    'isn’t taken from one namespace, and others come in beside it: %s',
    { timeout: 120_000 },
    (_what, options) => {
      const before = compiled({ services: [HONEST], nodes: NODES }).text;
      const services = [...evil(40, options), HONEST, newcomer(options)];
      const first = compiled({ services, nodes: NODES }, before);
      expect({ excesses: first.excesses, verdict: judge(first.text).kind }).toEqual({
        excesses: [],
        verdict: 'accepted',
      });
      expect(noRoom(first).length).toBeGreaterThan(0);
      expect(noRoom(first).every((name) => name.startsWith('evil/'))).toBe(true);
      expect(first.text).toContain('\nbackend k8s-service_honest_new_p1_backend\n');
      const ofHonest = countOfTls(first.text, 'honest');
      expect(countOfTls(first.text, 'evil')).toBeLessThanOrEqual(SHARE);
      expect(countOfTls(first.text, 'evil')).toBeGreaterThan(SHARE - 3 * 8 * 300);
      expect(ofHonest).toBe(options === TLS ? 300 : 600);
      expect(first.diagnostics.find(({ code }) => isForRoom(code))?.message).toContain(
        '50 % of the 160,000 servers with TLS, one with backends-verify-ssl as two, that the hosts take',
      );
      expect(compiled({ services, nodes: NODES }, first.text).text).toBe(first.text);
    },
  );

  it(
    'stays if it stands published, and goes on with one more Node and new Services without',
    { timeout: 120_000 },
    () => {
      const standing = [...evil(72, TLS), HONEST];
      const before = compiled({ services: standing, nodes: NODES });
      expect(before.diagnostics.filter(({ code }) => isForRoom(code))).toEqual([]);
      expect(countOfTls(before.text, 'evil')).toBe(72 * 8 * 300);
      const services = [...standing, ...evil(1, TLS, 72), newcomer({ 'backends-use-ssl': 'false' })];
      const after = compiled({ services, nodes: nodes(301) }, before.text);
      expect({ excesses: after.excesses, verdict: judge(after.text).kind }).toEqual({
        excesses: [],
        verdict: 'accepted',
      });
      expect(countOfTls(after.text, 'evil')).toBe(72 * 8 * 301);
      expect(after.text).toContain('\nbackend k8s-service_honest_new_p1_backend\n');
      expect(noRoom(after)).toEqual(['evil/s72']);
    },
  );

  it(
    'isn’t turned on for the servers of a namespace that stand without it, above its share',
    { timeout: 120_000 },
    () => {
      const long = { 'backends-use-ssl': 'true', 'backends-server-name': `${'n'.repeat(60)}.test` };
      const before = compiled({
        services: [...evil(40, { 'backends-use-ssl': 'false' }), HONEST],
        nodes: NODES,
      }).text;
      const after = compiled({ services: [...evil(40, long), HONEST], nodes: NODES }, before);
      expect(countOfTls(after.text, 'evil')).toBeLessThanOrEqual(SHARE);
      expect(noRoom(after).length).toBeGreaterThan(0);
      const backends = (text: string): number => text.match(/^backend /gm)?.length ?? 0;
      expect(backends(after.text)).toBe(backends(before));
    },
  );
});
