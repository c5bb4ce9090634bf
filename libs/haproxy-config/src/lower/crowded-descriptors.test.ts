import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { DescriptorRoom } from './crowded-descriptors.ts';
import { countDescriptors, crowdedDescriptors } from './crowded-descriptors.ts';

interface Port {
  /** `namespace/name`. */
  readonly service: string;
  readonly port?: number;
  readonly servers: number;
  /** Its own bind; without it, the one that all share. */
  readonly bind?: number;
}

/** A text as the producer writes it. */
function textOf(ports: readonly Port[]): string {
  const comment = ({ service, port = 0 }: Port): string => `# service: ${service} port: p${port}\n`;
  const frontend = (number: number, own: readonly Port[]): string =>
    `${own.map(comment).join('')}frontend f${number}\n  mode http\n  bind *:${number}\n`;
  const shared = ports.filter(({ bind }) => bind === undefined);
  const backends = ports.map((port, index) => {
    const servers = Array.from(
      { length: port.servers },
      (_, at) => `  server s${at} 10.0.0.1:${80 + at} check\n`,
    );
    return `${comment(port)}backend ${port.service.replace('/', '_')}_${port.port ?? 0}_${index}\n  mode http\n${servers.join('')}`;
  });
  const own = ports.flatMap((port) => (port.bind === undefined ? [] : [frontend(port.bind, [port])]));
  return [...(shared.length > 0 ? [frontend(80, shared)] : []), ...own, ...backends].join('\n');
}

const parse = (ports: readonly Port[]): ReturnType<typeof parseConfigText> => parseConfigText(textOf(ports));
const room = (most: number, more: Partial<DescriptorRoom> = {}): DescriptorRoom => ({
  ...{ most, overhead: 0, connections: 0, ...more },
});

function leftOut(ports: readonly Port[], limits: DescriptorRoom, before: readonly Port[] = []): string[] {
  return crowdedDescriptors(parse(ports), parse(before), limits).map(
    ({ sources }) => `${sources[0]?.namespace}/${sources[0]?.service} ${sources.length}`,
  );
}

const shop: Port = { service: 'shop/web', servers: 10 };
const small: Port = { service: 'small/web', servers: 5 };
const evil = [0, 1, 2, 3].map((port): Port => ({
  service: 'evil/web',
  port,
  servers: 20,
  bind: 9000 + port,
}));

describe('file descriptors of a text', () => {
  it.each([
    ['  server a 10.0.0.1:80 check\n  server b 10.0.0.2:80 check\n', 2],
    ['  server a 10.0.0.1:80\n', 0],
    ['  server a 10.0.0.1:80 check agent-check agent-port 90\n', 3],
    ['  server-template a 1-30 example.com:80 check\n', 30],
    ['  server check 10.0.0.1:80\n', 0],
  ])('are those of checks: %j', (lines, count) => {
    expect(countDescriptors(parseConfigText(`backend a\n  mode http\n${lines}`))).toBe(count);
  });

  it('are those of binds, each address and port of a range', () => {
    const text = 'frontend a\n  mode http\n  bind :80,:81\n  bind 10.0.0.1:90-99\nfrontend b\n  bind :80\n';
    expect(countDescriptors(parseConfigText(text))).toBe(13);
  });
});

describe('more file descriptors than HAProxy may have', () => {
  it('leave out the new Services of the namespace that takes most, as few as possible', () => {
    const all = [shop, small, ...evil];
    expect(leftOut(all, room(100))).toEqual([]);
    expect(leftOut(all, room(99))).toEqual(['evil/web 4']);
    expect(leftOut(all, room(16))).toEqual(['evil/web 4']);
    expect(leftOut(all, room(15))).toEqual(['evil/web 4', 'shop/web 1']);
  });

  it('leave out ports that run and move to binds of their own, only of a namespace that takes more than all others', () => {
    const together = evil.map((port): Port => ({ service: port.service, port: port.port ?? 0, servers: 20 }));
    const before = [shop, small, ...together];
    // Three more binds than the one that all share.
    expect(countDescriptors(parse([shop, small, ...evil]))).toBe(100);
    expect(leftOut([shop, small, ...evil], room(99), before)).toEqual(['evil/web 4']);
    const paying = { service: 'pay/web', servers: 80 };
    expect(leftOut([shop, small, paying, ...evil], room(179), [paying, ...before])).toEqual([]);
    const moved = { ...shop, bind: 9100 };
    expect(leftOut([moved, small, ...evil], room(100), [shop, small, ...evil])).toEqual([]);
  });

  it('are those for connections and for the host’s own files, too', () => {
    const all = [shop, small, ...evil];
    expect(leftOut(all, room(150, { overhead: 20, connections: 30 }))).toEqual([]);
    expect(leftOut(all, room(150, { overhead: 20, connections: 31 }))).toEqual(['evil/web 4']);
    expect(leftOut(all, room(150, { overhead: 21, connections: 30 }))).toEqual(['evil/web 4']);
  });

  it('leave out nothing that runs: only the new ports of a Service', () => {
    const [first, ...others] = evil;
    if (first === undefined) throw new Error('no port');
    const before = [shop, first];
    expect(leftOut([shop, ...evil], room(60), before)).toEqual(['evil/web 3']);
    const [blame] = crowdedDescriptors(parse([shop, ...evil]), parse(before), room(60));
    expect(blame?.sources.map(({ port }) => port)).toEqual(others.map(({ port }) => `p${port}`));
  });

  it('leave out nobody if what runs needs too many already', () => {
    expect(leftOut([shop, ...evil], room(50), evil)).toEqual([]);
    expect(leftOut(evil, room(50), evil)).toEqual([]);
  });

  it('count what a namespace has already: it doesn’t push out another one', () => {
    const more: Port = { service: 'evil/more', servers: 4 };
    expect(leftOut([shop, more, ...evil], room(99), evil)).toEqual([]);
    expect(leftOut([shop, more, ...evil], room(98), evil)).toEqual(['evil/more 1']);
  });

  it('count many small Services of one namespace together', () => {
    const many = Array.from({ length: 9 }, (_, index): Port => ({ service: `evil/s${index}`, servers: 2 }));
    expect(leftOut([shop, ...many], room(25))).toEqual(['evil/s0 1', 'evil/s1 1']);
  });

  it('are named with the Service, its servers, the limit and what to do', () => {
    const [blame] = crowdedDescriptors(parse([shop, ...evil]), parse([]), room(60));
    expect(blame?.message).toBe(
      'HAProxy would need 95 file descriptors, more than the 60 that it may have, and would not start; this Service brings 80 new checks of servers and 4 new binds: use fewer ports, or raise the limit of HAProxy (LimitNOFILE of its service)',
    );
  });

  it('fit without those who are left out, of whom nothing ran, and no one is left out for little (property)', () => {
    const ports = fc.uniqueArray(
      fc.record({
        namespace: fc.nat(3),
        name: fc.nat(4),
        port: fc.nat(3),
        servers: fc.integer({ min: 1, max: 9 }),
        own: fc.boolean(),
      }),
      { selector: ({ namespace, name, port }) => `${namespace} ${name} ${port}`, maxLength: 20 },
    );
    fc.assert(
      fc.property(ports, ports, fc.nat(150), (old, added, most) => {
        const asPort = ({ namespace, name, port, servers, own }: (typeof old)[number]): Port => ({
          ...{ service: `n${namespace}/s${name}`, port, servers },
          ...(own && { bind: 1000 + namespace * 100 + name * 10 + port }),
        });
        const keyOf = ({ service, port = 0 }: Port): string => `${service} p${port}`;
        const before = old.map(asPort);
        const stood = new Set(before.map(keyOf));
        const all = [...before, ...added.map(asPort).filter((port) => !stood.has(keyOf(port)))];
        const [need, stands] = [countDescriptors(parse(all)), countDescriptors(parse(before))];
        const out = new Set(
          crowdedDescriptors(parse(all), parse(before), room(most)).flatMap(({ sources }) =>
            sources.map(({ namespace, service, port }) => `${namespace}/${service} ${port}`),
          ),
        );
        expect([...out].filter((key) => stood.has(key))).toEqual([]);
        if (need <= most) expect(out.size).toBe(0);
        if (need > most && stands <= most)
          expect(countDescriptors(parse(all.filter((port) => !out.has(keyOf(port)))))).toBeLessThanOrEqual(
            most,
          );
      }),
      { seed: 20261127, numRuns: 500 },
    );
  });
});
