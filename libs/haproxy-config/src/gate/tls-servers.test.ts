import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excessesOfHosts } from './excess.ts';
import { countTlsServers, tlsCostOf } from './tls-servers.ts';

const PLAIN = ' check';
const TLS = ' check ssl verify none';
const NAMED = `${TLS} sni str(a.test) check-sni a.test`;
const CHECKED = ' check ssl verify required ca-file @system-ca';

interface Backend {
  readonly servers: number;
  readonly words: string;
  /** Of the nodes, which begin with it. */
  readonly name?: string;
}

/** A text as the producer writes it. */
function textOf(backends: readonly Backend[], frontends = 1): string {
  const source = '# service: shop/web port: http';
  const front = Array.from(
    { length: frontends },
    (_, index) => `${source}\nfrontend f${index}\n  mode http\n  bind *:${index + 1} ssl crt /ssl/a.pem`,
  );
  const back = backends.map(({ servers, words, name = 'a' }, index) => {
    const lines = Array.from(
      { length: servers },
      (_, node) => `  server ${name}${node} 10.0.0.${node % 250}:30080${words}`,
    );
    return [source, `backend b${index}`, '  mode http', ...lines].join('\n');
  });
  return `${['# a text', ...front, ...back].join('\n\n')}\n`;
}

const backends = (count: number, words: string): Backend[] =>
  Array.from({ length: count }, () => ({ servers: 100, words }));
const tlsExcess = (text: string, part: number): unknown =>
  excessesOfHosts(text, part).find(({ resource }) => resource === 'tls-servers');

describe('servers with TLS', () => {
  it.each([
    [TLS, 800],
    [NAMED, 800],
    [CHECKED, 400],
    [`${CHECKED} sni str(a.test) check-sni a.test verifyhost a.test`, 400],
  ])('are limited for what is new: half of them are %s, %d times a hundred', (words, most) => {
    expect(tlsExcess(textOf(backends(most, words)), 0.5)).toBeUndefined();
    expect(tlsExcess(textOf(backends(most + 1, words)), 0.5)).toEqual({
      resource: 'tls-servers',
      count: 80_000 + 80_000 / most,
      most: 160_000,
      part: 0.5,
      unit: 'servers with TLS, one with backends-verify-ssl as two, that the hosts take',
      onlyOfNew: true,
    });
  });

  it('are never too many for a text that may use all of the room, so that what is published stays', () => {
    expect(excessesOfHosts(textOf(backends(1_700, TLS)))).toEqual([]);
    expect(excessesOfHosts(textOf(backends(1_700, TLS)), 0.9)).toMatchObject([{ resource: 'tls-servers' }]);
  });

  it('are counted apart from those without', () => {
    const plain = textOf([...backends(1_400, PLAIN), ...backends(1, TLS)]);
    expect(tlsExcess(plain, 0.5)).toBeUndefined();
    expect(tlsExcess(textOf([{ servers: 100, words: PLAIN, name: 'ssl' }]), 1e-6)).toBeUndefined();
  });

  it('count as the words behind their address say', () => {
    const costs = [PLAIN, ' check proto h2', TLS, NAMED, CHECKED].map(tlsCostOf);
    expect(costs).toEqual([0, 0, 1, 1, 2]);
  });

  it('are counted once each, whatever stands between them', () => {
    const backend = fc.record({
      servers: fc.nat(30),
      words: fc.constantFrom(PLAIN, TLS, NAMED, CHECKED),
      name: fc.constantFrom('a', 'worker-', 'ssl', 'n'.repeat(60)),
    });
    fc.assert(
      fc.property(fc.array(backend, { maxLength: 20 }), fc.nat(20), fc.nat(200), (all, frontends, most) => {
        const text = textOf(all, frontends);
        const starts = [...text.matchAll(/\n\n# service: /g)].map(({ index }) => index);
        const expected = all.reduce((sum, { servers, words }) => sum + servers * tlsCostOf(words), 0);
        expect(countTlsServers(text, starts, -1)).toBe(expected);
        // It may say 0 only if there are no more than `most`.
        const counted = countTlsServers(text, starts, most);
        expect([0, expected]).toContain(counted);
        expect(counted === 0 && expected > most).toBe(false);
      }),
    );
  });
});
