import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '../index.ts';
import { withoutReleased } from '../index.ts';
import type { Options, OwnedServices } from '../testing/owned-services.ts';
import { compileServices, service } from '../testing/owned-services.ts';

interface Result extends OwnedServices {
  /** `<bind> <namespace> <hosts>` of everybody who is served. */
  readonly served: readonly string[];
}

function compile(...given: Parameters<typeof compileServices>): Result {
  const result = compileServices(...given);
  const served = result.claims.binds.flatMap(({ address, port, holders }) =>
    holders.map(({ source, hosts }) =>
      [`${address}:${port}`, source.namespace, ...hosts.map(({ name }) => name)].join(' '),
    ),
  );
  return { ...result, served };
}

const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
const shop = service('shop/web', 2020, { hostname: 'shop.org,*.shop.org' });
const SHOP = '*:443 shop shop.org .shop.org';

describe('a host name belongs to its namespace on every bind', () => {
  it.each<[string, Options, RegExp]>([
    [
      'on another port',
      { hostname: 'shop.org', 'listen-port': '8443' },
      /shop\.org belongs to shop\/web port web, .* to namespace shop on every bind/,
    ],
    ['on plain 80', { hostname: 'shop.org', ...PLAIN }, /shop\.org belongs to .* on every bind/],
    [
      'on one address',
      { hostname: 'shop.org', 'listen-ip': '10.0.0.9', 'listen-port': '8443' },
      /belongs to .* on every bind/,
    ],
    ['for IPv6', { hostname: 'shop.org', 'listen-ip': '::' }, /belongs to .* on every bind/],
    [
      'below a wildcard',
      { hostname: 'login.shop.org' },
      /login\.shop\.org is below \*\.shop\.org, which belongs.*wildcard set to "shared"/,
    ],
    [
      'a wildcard below a wildcard',
      { hostname: '*.eu.shop.org', ...PLAIN },
      /\*\.eu\.shop\.org is below \*\.shop\.org/,
    ],
    [
      'a wildcard above',
      { hostname: '*.org', 'listen-port': '8443' },
      /\*\.org would take shop\.org, which belongs/,
    ],
    [
      'a wildcard above that is shared',
      { hostname: '*.org', wildcard: 'shared', ...PLAIN },
      /\*\.org would take shop\.org/,
    ],
    ['one of several names', { hostname: 'own.org,shop.org', ...PLAIN }, /shop\.org belongs/],
    ['the same wildcard', { hostname: '*.shop.org', ...PLAIN }, /\*\.shop\.org belongs to .* on every bind/],
  ])('another namespace gets it nowhere: %s', (_what, options, reason) => {
    const thief = service('evil/web', 2024, options);
    const before = compile([shop]);
    for (const { served, diagnostics } of [compile([shop, thief]), compile([shop, thief], before.standing)]) {
      expect(served).toEqual([SHOP]);
      expect(diagnostics).toEqual([
        expect.stringMatching(/^error conflict-host Service evil\/web port web: /),
      ]);
      expect(diagnostics[0]).toMatch(reason);
    }
    // Who is older takes nothing that stands either.
    const older = service('evil/web', 2019, options);
    expect(compile([shop, older], before.standing).served).toEqual([SHOP]);
  });

  it('other Services of its namespace may have it on other binds', () => {
    const own = service('shop/other', 2024, { hostname: 'shop.org,login.shop.org', ...PLAIN });
    expect(compile([shop, own]).diagnostics).toEqual([]);
  });

  it('a port without a host name and a tcp port have no name that could be taken', () => {
    const others = [
      service('b/default', 2024, PLAIN),
      service('c/tcp', 2024, { hostname: 'shop.org', 'haproxy-mode': 'tcp', 'listen-port': '5432' }),
    ];
    expect(compile([shop, ...others]).diagnostics).toEqual([]);
  });

  it('it stays with the namespace that has it, also if an older Service of another one names it later', () => {
    const thief = service('evil/web', 2024, { hostname: 'new.org', ...PLAIN });
    const moved = service('shop/web', 2020, { hostname: 'new.org' });
    const before = compile([shop, thief]);
    const { served, diagnostics } = compile([moved, thief], before.standing);
    expect(served).toEqual(['*:80 evil new.org']);
    expect(diagnostics[0]).toMatch(
      /shop\/web.*new\.org belongs to evil\/web port web, which has had it since before on \*:80, .*release '\*:80' 'new\.org'/,
    );
  });

  it('it stays reserved on every bind while its Service is wrong', () => {
    const broken = service('shop/web', 2020, { hostname: 'shop.org,*.shop.org', 'haproxy-mode': 'TCP' });
    const thief = service('evil/web', 2019, { hostname: 'login.shop.org', ...PLAIN });
    const { served, standing } = compile([broken, thief], compile([shop]).standing);
    expect(served).toEqual([]);
    expect(compile([shop, thief], standing).served).toEqual([SHOP]);
  });

  it('it is free for others once no Service of the namespace names it', () => {
    const heir = service('heir/web', 2024, { hostname: 'login.shop.org', ...PLAIN });
    const { standing } = compile([shop, heir]);
    expect(compile([heir], standing).served).toEqual(['*:80 heir login.shop.org']);
  });

  it('it goes to the oldest Service that asks for it if an operator frees it on the bind that it stands on', () => {
    const older = service('old/web', 2019, { hostname: 'shop.org', ...PLAIN });
    const { standing, served } = compile([older, shop], compile([shop]).standing);
    expect(served).toEqual([SHOP]);
    const released = withoutReleased(standing, [{ address: '*', port: 443, host: 'shop.org' }]);
    expect(compile([older, shop], released).served).toEqual(['*:80 old shop.org']);
  });

  it('it is not kept by a Service that loses its bind', () => {
    const db = service('db/web', 2019, { 'haproxy-mode': 'tcp', 'listen-port': '8443' });
    const bindless = service('a/web', 2020, { hostname: 'x.org', 'listen-port': '8443' });
    const young = service('b/web', 2024, { hostname: 'x.org' });
    const { served, standing } = compile([db, bindless, young]);
    expect(served).toEqual(['*:443 b x.org', '*:8443 db']);
    expect(compile([db, bindless, young], standing).served).toEqual(served);
  });

  it('it goes to only one of several Services that a Service without a bind kept from it', () => {
    const db = service('db/web', 2019, { 'haproxy-mode': 'tcp', 'listen-port': '8443' });
    const bindless = service('a/web', 2020, { hostname: 'x.org', 'listen-port': '8443' });
    const young = [
      service('b/web', 2024, { hostname: 'x.org' }),
      service('c/web', 2025, { hostname: 'x.org', ...PLAIN }),
      service('d/web', 2026, { hostname: '*.org', 'listen-port': '444' }),
    ];
    expect(compile([db, bindless, ...young]).served).toEqual(['*:443 b x.org', '*:8443 db']);
  });
});

describe('wildcard: shared', () => {
  const platform = (options: Options): ServiceRecord =>
    service('platform/page', 2020, { hostname: '*.apps.org', ...options });
  const team = service('team/web', 2024, { hostname: 'a.apps.org', ...PLAIN });
  const shared = platform({ wildcard: 'shared' });

  it('lets others have names below it, on every bind', () => {
    const other = service('other/web', 2025, { hostname: '*.b.apps.org' });
    const { served, diagnostics, standing } = compile([shared, team, other]);
    expect(diagnostics).toEqual([]);
    expect(served).toContain('*:80 team a.apps.org');
    expect(served).toContain('*:443 other .b.apps.org');
    expect(compile([shared, team, other], standing).served).toEqual(served);
  });

  it('gives no name below it to two namespaces', () => {
    const thief = service('evil/web', 2025, { hostname: 'a.apps.org', 'listen-port': '8443' });
    const { served, diagnostics } = compile([shared, team, thief]);
    expect(served).toEqual(['*:80 team a.apps.org', '*:443 platform .apps.org']);
    expect(diagnostics).toEqual([
      expect.stringMatching(/evil\/web.*a\.apps\.org belongs to .* to namespace team on every bind/),
    ]);
  });

  it('has no effect unless every port of the namespace with that wildcard says so', () => {
    const second = service('platform/plain', 2021, { hostname: '*.apps.org', ...PLAIN });
    const diagnostics = compile([shared, second, team]).diagnostics.join('\n');
    expect(diagnostics).toContain('a.apps.org is below *.apps.org');
  });

  it('when removed leaves what stands, with a warning to both, and gives nobody else a name', () => {
    const before = compile([shared, team]);
    const late = service('late/web', 2025, { hostname: 'late.apps.org' });
    const { served, diagnostics } = compile([platform({}), team, late], before.standing);
    expect(served).toEqual(before.served);
    expect(diagnostics).toEqual([
      expect.stringMatching(/^error conflict-host Service late\/web /),
      expect.stringMatching(
        /^warning foreign-host-name Service platform\/page port web: \*\.apps\.org would take a\.apps\.org/,
      ),
      expect.stringMatching(
        /^warning foreign-host-name Service team\/web port web: a\.apps\.org is below \*\.apps\.org/,
      ),
    ]);
  });

  it('counts while another option of the port is wrong, and does not if its own value is wrong', () => {
    const { standing } = compile([shared]);
    const broken = platform({ wildcard: 'shared', 'listen-ip': 'x' });
    expect(compile([broken, team], standing).served).toEqual(['*:80 team a.apps.org']);
    expect(compile([platform({ wildcard: 'yes' }), team], standing).served).toEqual([]);
  });
});

describe('a host name that two namespaces have', () => {
  const other = service('other/web', 2024, { hostname: 'shop.org', ...PLAIN });
  const both = compile([shop, other], undefined, { hostNamesPerBind: true });
  const BOTH = ['*:80 other shop.org', SHOP];

  it('is allowed by --host-names-per-bind, without a diagnostic', () => {
    expect(both.served).toEqual(BOTH);
    expect(both.diagnostics).toEqual([]);
  });

  it('stays with both without that option, with a warning to both', () => {
    const { served, diagnostics, text, standing } = compile([shop, other], both.standing);
    expect(served).toEqual(BOTH);
    expect(diagnostics).toEqual([
      expect.stringMatching(
        /^warning foreign-host-name Service other\/web port web: shop\.org belongs to shop\/web port web, which has it on \*:443, and so to namespace shop on every bind; it is served on \*:80/,
      ),
      expect.stringMatching(
        /^warning foreign-host-name Service shop\/web port web: shop\.org belongs to other\/web/,
      ),
    ]);
    expect(compile([shop, other], standing).text).toBe(text);
  });

  it('stays with one as soon as the other gives it up or names it on another bind instead', () => {
    const moved = service('other/web', 2024, { hostname: 'shop.org', ...PLAIN, 'listen-port': '8080' });
    expect(compile([shop, moved], both.standing).served).toEqual([SHOP]);
    const renamed = service('other/web', 2024, { hostname: 'other.org', ...PLAIN });
    expect(compile([shop, renamed], both.standing).diagnostics).toEqual([]);
  });

  it('costs neither of them a name when the other one asks for more', () => {
    const more = service('other/web', 2024, { hostname: 'shop.org', ...PLAIN, 'listen-ip': '*,::' });
    const { served, diagnostics } = compile([shop, more], both.standing);
    expect(served).toEqual(BOTH);
    expect(diagnostics.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(/^error conflict-host Service other\/web/),
    ]);
  });
});

it('5,000 namespaces with names below one another take no quadratic time', () => {
  const services = Array.from({ length: 5_000 }, (_, index) =>
    service(`n${index}/web`, index, {
      hostname: `s${index}.apps.org,*.s${index % 2500}.apps.org,*.apps.org`,
    }),
  );
  const started = performance.now();
  compile(services);
  expect(performance.now() - started).toBeLessThan(10_000);
});
