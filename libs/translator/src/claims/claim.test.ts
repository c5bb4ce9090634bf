import { describe, expect, it } from 'vitest';
import type { ServiceRecord } from '../index.ts';
import { withoutReleased } from '../index.ts';
import type { Options, OwnedServices } from '../testing/owned-services.ts';
import { compileServices, service } from '../testing/owned-services.ts';

interface Result extends OwnedServices {
  /** `<bind> <Service> <hosts>` of everybody who is served. */
  readonly served: readonly string[];
}

function compile(...given: Parameters<typeof compileServices>): Result {
  const result = compileServices(...given);
  const served = result.claims.binds.flatMap(({ address, port, mode, tls, holders }) =>
    holders.map(({ source, hosts }) =>
      [
        `${address} ${port} ${mode}${tls ? ' TLS' : ''}`,
        source.service,
        ...hosts.map(({ name }) => name),
      ].join(' '),
    ),
  );
  return { ...result, served };
}

const PER_BIND = { hostNamesPerBind: true };
const PLAIN = { 'use-ssl': 'false', 'listen-port': '80' };
const old = (options: Options): ServiceRecord => service('a/old', 2020, options);
const web = service('b/web', 2023, { hostname: 'web.org' });
const api = service('c/api', 2024, { hostname: 'api.org' });

describe('an edit of the oldest Service of a bind', () => {
  const before = compile([old({ hostname: 'old.org' }), web, api]);
  const kept = ['* 443 http TLS web web.org', '* 443 http TLS api api.org'];

  it.each<[string, Options, string]>([
    ['use-ssl: "flase"', { hostname: 'old.org', 'use-ssl': 'flase' }, 'conflict-tls'],
    ['use-ssl: "false"', { hostname: 'old.org', 'use-ssl': 'false' }, 'conflict-tls'],
    ['haproxy-mode: tcp', { hostname: 'old.org', 'haproxy-mode': 'tcp' }, 'conflict-mode'],
    ['a copied hostname', { hostname: 'web.org' }, 'conflict-host'],
    ['one more hostname, which another Service has', { hostname: 'old.org,api.org' }, 'conflict-host'],
    ['tcp with TLS', { hostname: 'old.org', 'haproxy-mode': 'tcp', 'use-ssl': 'true' }, 'conflict-mode'],
  ])('takes nothing from other Services, and gives the edited one an error: %s', (_what, options, code) => {
    const { served, diagnostics } = compile([old(options), web, api], before.standing);
    expect(served).toEqual(kept);
    expect(diagnostics.filter((line) => line.startsWith('error'))).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error ${code} Service a/old port web: .*which has had it since before.*release '\\*:443'`,
        ),
      ),
    ]);
  });

  it.each<[string, Options]>([
    ['a mode that does not parse', { hostname: 'old.org', 'haproxy-mode': 'TCP' }],
    ['an address that does not parse', { hostname: 'old.org', 'listen-ip': '10.0.0' }],
    ['a port that does not parse', { hostname: 'old.org', 'listen-port': '443 ' }],
    ['a host name that does not parse', { hostname: 'old org' }],
    ['an empty host name', { hostname: '' }],
    ['no TLS on a bind that has TLS', { hostname: 'old.org', 'use-ssl': 'false' }],
  ])('leaves its host reserved, and undoing the edit brings the host back: %s', (_what, options) => {
    const thief = service('d/thief', 2019, { hostname: 'old.org' });
    const wrong = compile([old(options), web, api, thief], before.standing);
    expect(wrong.served).toEqual(kept);
    expect(wrong.reserved).toContain(
      '# reserved: a/old port: web bind: *:443 mode: http tls: on host: old.org',
    );
    expect(wrong.diagnostics).toContainEqual(
      expect.stringMatching(
        /^error conflict-host Service d\/thief .*old\.org belongs to a\/old port web, (?:for which it is reserved|which has had it since before)/,
      ),
    );
    const mended = compile([old({ hostname: 'old.org' }), web, api, thief], wrong.standing);
    expect(mended.served).toEqual(before.served);
    expect(mended.reserved).toEqual([]);
  });

  it.each<[string, readonly ServiceRecord[]]>([
    ['deleted', []],
    ['disabled', [{ ...old({ hostname: 'old.org' }), labels: new Map() }]],
    ['naming another host', [old({ hostname: 'new.org' })]],
    ['on another port', [old({ hostname: 'old.org', 'listen-port': '8443' })]],
    ['on another address', [old({ hostname: 'old.org', 'listen-ip': '::' })]],
  ])('frees the host of a Service that is %s', (_what, services) => {
    const heir = service('d/heir', 2025, { hostname: 'old.org' });
    const { served, reserved } = compile([...services, web, api, heir], before.standing, PER_BIND);
    expect(served).toContain('* 443 http TLS heir old.org');
    expect(reserved).toEqual([]);
  });

  it('with a mode that does not parse keeps a tcp bind reserved as tcp', () => {
    const alone = compile([service('a/db', 2020, { 'haproxy-mode': 'tcp', 'listen-port': '5432' })]);
    const broken = service('a/db', 2020, { 'haproxy-mode': 'tpc', 'listen-port': '5432' });
    const other = service('b/other', 2019, { ...PLAIN, 'listen-port': '5432' });
    const { served, diagnostics, reserved } = compile([broken, other], alone.standing);
    expect(served).toEqual([]);
    expect(reserved).toEqual(['# reserved: a/db port: web bind: *:5432 mode: tcp tls: off']);
    expect(diagnostics.join('\n')).toContain('conflict-mode Service b/other');
  });
});

it('a claim in the standing text does not survive --reserved-port: the port is neither served nor reserved', () => {
  const before = compile([old({ hostname: 'old.org' }), web, api]);
  const { served, reserved } = compile([old({ hostname: 'old.org' })], before.standing, {
    reservedPorts: [443],
  });
  expect({ served, reserved }).toEqual({ served: [], reserved: [] });
});

it('a certificate path below the certificate file of another Service does not make the bind name folders', () => {
  const before = compile([old({ hostname: 'old.org' }), web, api]);
  const odd = service('d/odd', 2025, { hostname: 'odd.org', 'ssl-certificate': 'old.org.pem/x' });
  const { text } = compile([old({ hostname: 'old.org' }), web, odd], before.standing);
  const files = ['old.org.pem', 'web.org.pem', 'old.org.pem/x'];
  expect(text).toContain(`ssl ${files.map((file) => `crt /etc/haproxy/ssl/${file}`).join(' ')} alpn`);
});

describe('what clients without SNI get', () => {
  const first = ({ text }: Result): string | undefined => / crt (\S+)/.exec(text)?.[1];
  const before = compile([web, api]);

  it('is the certificate of the oldest claim, and then what they got until now, or the next that stands', () => {
    expect(first(before)).toBe('/etc/haproxy/ssl/web.org.pem');
    const older = service('a/a', 2019, { hostname: 'a.org' });
    expect(first(compile([web, api, older]))).toBe('/etc/haproxy/ssl/a.org.pem');
    expect(first(compile([web, api, older], before.standing))).toBe('/etc/haproxy/ssl/web.org.pem');
    expect(first(compile([api, older], before.standing))).toBe('/etc/haproxy/ssl/api.org.pem');
    expect(first(compile([older], before.standing))).toBe('/etc/haproxy/ssl/a.org.pem');
  });

  it('is the file of --default-certificate if that is set, whatever they got until now', () => {
    expect(first(compile([web], before.standing, { defaultCertificate: 'own.pem' }))).toBe(
      '/etc/haproxy/ssl/own.pem',
    );
  });

  it('stays the same when the bind gets too many certificates for one line, and when it had too many', () => {
    const many = (count: number): ServiceRecord[] =>
      Array.from({ length: count }, (_, index) =>
        service(`m/s${index}`, 2021, { hostname: `s${index}.org` }),
      );
    const grown = compile([web, api, ...many(40)], before.standing);
    expect(grown.text).toContain('ssl crt /etc/haproxy/ssl/web.org.pem crt /etc/haproxy/ssl alpn');
    const folder = compile([web, ...many(40)]);
    expect(folder.text).toContain('ssl crt /etc/haproxy/ssl alpn');
    expect(compile([web, ...many(2)], folder.standing).text).toContain('ssl crt /etc/haproxy/ssl alpn');
  });
});

describe('a bind on every address', () => {
  const star = service('a/star', 2020, { ...PLAIN, hostname: 'star.org' });
  const tcp = { ...PLAIN, 'haproxy-mode': 'tcp' };

  it.each<[string, Options, string]>([
    ['the same host', { ...PLAIN, hostname: 'star.org', 'listen-ip': '10.0.0.1' }, 'conflict-host'],
    ['tcp', { ...tcp, 'listen-ip': '10.0.0.1' }, 'conflict-mode'],
    ['TLS', { ...PLAIN, hostname: 'x.org', 'use-ssl': 'true', 'listen-ip': '10.0.0.1' }, 'conflict-tls'],
  ])('keeps a younger Service from an address: %s', (_what, options, code) => {
    const { served, diagnostics } = compile([star, service('b/young', 2024, options)], undefined, PER_BIND);
    expect(served).toEqual(['* 80 http star star.org']);
    expect(diagnostics).toEqual([
      expect.stringMatching(
        new RegExp(
          `^error ${code} Service b/young [^]*10.0.0.1:80[, ].*a/star port web, which listens on every address and was first`,
        ),
      ),
    ]);
  });

  it.each([
    ['IPv4', '*', '10.0.0.1'],
    ['IPv6', '::', '2001:db8::1'],
  ])('in tcp mode keeps a younger tcp Service from a single address, %s', (_family, every, address) => {
    const wide = service('a/wide', 2020, { ...tcp, 'listen-ip': every });
    const young = service('b/young', 2024, { ...tcp, 'listen-ip': address });
    expect(compile([wide, young]).served).toEqual([`${every} 80 tcp wide`]);
    expect(compile([young, wide], compile([wide]).standing).served).toEqual([`${every} 80 tcp wide`]);
  });

  it('shares an address with those who name it, also with the one that takes every other request', () => {
    const young = service('b/young', 2024, { ...PLAIN, 'listen-ip': '10.0.0.1' });
    const { served, text } = compile([star, young]);
    expect(served).toEqual([
      '* 80 http star star.org',
      '10.0.0.1 80 http star star.org',
      '10.0.0.1 80 http young',
    ]);
    expect(text).toMatch(
      /bind 10\.0\.0\.1:80\n[^]*use_backend k8s-service_a_star_web_backend[^]*default_backend k8s-service_b_young/,
    );
  });

  it.each([
    ['another family', { ...PLAIN, hostname: 'young.org', 'listen-ip': '2001:db8::1' }],
    ['another port', { ...PLAIN, hostname: 'young.org', 'listen-ip': '10.0.0.1', 'listen-port': '81' }],
  ])('has no claim on %s', (_what, options) => {
    expect(compile([star, service('b/young', 2024, options)]).diagnostics).toEqual([]);
  });

  it('loses an address to an older Service, with a warning, and keeps the others', () => {
    const older = service('b/older', 2019, { ...tcp, 'listen-ip': '10.0.0.1' });
    const { served, diagnostics } = compile([star, older]);
    expect(served).toEqual(['* 80 http star star.org', '10.0.0.1 80 tcp older']);
    expect(diagnostics).toEqual([
      expect.stringMatching(
        /^warning specific-address Service a\/star port web: 10\.0\.0\.1:80 belongs to b\/older/,
      ),
    ]);
  });

  it('stays, and so does a conflicting bind on one address, if the standing text has both', () => {
    const young = service('b/young', 2024, { ...tcp, 'listen-ip': '10.0.0.1' });
    const both = compile([star, young], undefined, { specificAddressWins: true });
    const { served, diagnostics } = compile([star, young], both.standing);
    expect(served).toEqual(both.served);
    expect(diagnostics.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'warning specific-address',
    ]);
  });

  it('with --specific-address-wins loses addresses to younger Services that name them, with one warning', () => {
    const young = ['10.0.0.1', '10.0.0.2'].map((address, index) =>
      service(`b/young-${index}`, 2024, { ...tcp, 'listen-ip': address }),
    );
    const { served, diagnostics } = compile([star, ...young], undefined, { specificAddressWins: true });
    expect(served).toHaveLength(3);
    expect(diagnostics).toEqual([
      expect.stringMatching(/10\.0\.0\.1:80 .* 1 more .*--specific-address-wins/),
    ]);
  });
});

describe('release', () => {
  const before = compile([web, api]);
  const older = service('a/older', 2019, { hostname: 'web.org' });
  const tcp = service('a/tcp', 2019, { 'haproxy-mode': 'tcp' });

  it('frees one host, and age decides', () => {
    expect(compile([web, api, older], before.standing).served).toEqual(before.served);
    const released = withoutReleased(before.standing, [{ address: '*', port: 443, host: 'web.org' }]);
    expect(compile([web, api, older], released).served).toEqual([
      '* 443 http TLS older web.org',
      '* 443 http TLS api api.org',
    ]);
  });

  it('frees a bind for all', () => {
    expect(compile([web, api, tcp], before.standing).served).toEqual(before.served);
    const released = withoutReleased(before.standing, [{ address: '*', port: 443 }]);
    expect(compile([web, api, tcp], released).served).toEqual(['* 443 tcp tcp']);
  });

  it('of a bind or a host that nobody has changes nothing', () => {
    const released = withoutReleased(before.standing, [
      { address: '*', port: 444 },
      { address: '*', port: 443, host: 'no.org' },
    ]);
    expect(released).toEqual(before.standing);
  });
});
