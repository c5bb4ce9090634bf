import { expect, it } from 'vitest';
import { haveSameDemand } from './demand.ts';
import { service, type ServiceParts } from './testing/services.ts';

it.each<[string, boolean, ServiceParts, ServiceParts]>([
  ['nothing', true, {}, {}],
  ['an annotation of somebody else', true, {}, { annotations: { 'example.com/leader': 'pod-7' } }],
  ['another node port', false, {}, { nodePort: 30002 }],
  ['another host name', false, {}, { hostname: 'b.example.com' }],
  [
    'an option that nobody knows, which is only a diagnostic',
    false,
    {},
    { annotations: { 'haproxy-kubefigurator.http.nonsense': '1' } },
  ],
])('with %s: asks for the same is %s', (_title, same, before, after) => {
  expect(haveSameDemand(service('shop/web', before), service('shop/web', after))).toBe(same);
});

it('a Service that comes or goes, or of another type, age or without our label asks for something else', () => {
  const web = service('shop/web');
  expect(haveSameDemand(undefined, web)).toBe(false);
  expect(haveSameDemand(web, undefined)).toBe(false);
  expect(haveSameDemand(web, { ...web, type: 'ClusterIP' })).toBe(false);
  expect(haveSameDemand(web, { ...web, createdAt: 9 })).toBe(false);
  expect(haveSameDemand(web, { ...web, labels: new Map() })).toBe(false);
});

it('a port that isn’t served counts, too: each change of it is a line in the log', () => {
  const udp = (number: number): ReturnType<typeof service> => {
    const web = service('shop/web');
    return { ...web, ports: [...web.ports, { name: 'dns', number, protocol: 'UDP', nodePort: 30_003 }] };
  };
  expect(haveSameDemand(udp(53), udp(54))).toBe(false);
});

it('costs no more than the size of a Service that asks for more than it may have', () => {
  const names = Array.from({ length: 999 }, (_, index) => `${'n'.repeat(200)}${String(index)}.example.com`);
  const huge = (hostname: string): ReturnType<typeof service> => {
    const web = service('evil/web', { hostname });
    const udp = (_: unknown, index: number): (typeof web.ports)[number] => ({
      ...{
        name: `u${String(index)}`,
        number: index + 1,
        protocol: 'UDP',
        nodePort: 30_000 + (index % 2_000),
      },
    });
    return { ...web, ports: [...web.ports, ...Array.from({ length: 2_400 }, udp)] };
  };
  const [old, now] = [huge(names.join(',')), huge(names.toReversed().join(','))];
  const began = performance.now();
  expect(haveSameDemand(old, now)).toBe(false);
  expect(haveSameDemand(old, huge(names.join(',')))).toBe(true);
  expect(performance.now() - began).toBeLessThan(1_000);
});
