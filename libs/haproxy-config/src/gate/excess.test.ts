import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import { excessesOfHosts } from './excess.ts';
import { gate, settings } from './testing/sample-gate.ts';

const roomy = { ...settings, maxLength: 64 * 1024 * 1024 };

interface Shape {
  readonly frontends?: number;
  readonly routes?: number;
  readonly hosts?: number;
  readonly backends?: number;
  readonly servers?: number;
  /** Further lines of a backend. */
  readonly directives?: number;
  /** Words behind the address of a server. */
  readonly options?: string;
  /** Certificates of each bind, and of the Services above it. */
  readonly certificates?: number;
}

/** A text as the producer writes it. */
function textOf({
  frontends = 1,
  routes = 1,
  hosts = 1,
  backends = 1,
  servers = 1,
  directives = 0,
  options = '',
  certificates = 0,
}: Shape): string {
  const named = Array.from({ length: certificates }, (_, index) => `/etc/haproxy/ssl/${index}.pem`);
  const tls =
    named.length > 28 ? ' ssl crt /etc/haproxy/ssl' : named.map((file) => ` ssl crt ${file}`).join('');
  const asked = named.map((file) => `  # service: shop/web port: http certificate: ${file}`);
  const source = '# service: shop/web port: http';
  const rule = `  ${source}\n  use_backend b0 if { var(txn.host) -m str${' a.test'.repeat(hosts)} }`;
  const front = Array.from({ length: frontends }, (_, index) =>
    [
      ...[source, `frontend f${index}`, '  mode http', ...asked, `  bind *:${1 + (index % 65_535)}${tls}`],
      '  http-request set-var(txn.host) req.hdr(host),host_only,rtrim(.),lower',
      ...Array.from({ length: routes }, () => rule),
    ].join('\n'),
  );
  const server = (_: unknown, index: number): string => `  server s${index} 10.0.0.1:30080 check${options}`;
  const lines = Array.from({ length: servers }, server).join('\n');
  const back = Array.from(
    { length: backends },
    (_, index) => `${source}\nbackend b${index}\n  mode http\n${'  retries 3\n'.repeat(directives)}${lines}`,
  );
  return `${[CONFIG_HEADER, ...front, ...back].join('\n\n')}\n`;
}

const NAME = 'n'.repeat(60);
const TLS = ` ssl verify required ca-file @system-ca sni str(${NAME}) check-sni ${NAME} verifyhost ${NAME}`;

describe('a text as the producer writes it', () => {
  it.each<[string, Shape, Shape, string]>([
    [
      'lines',
      { backends: 100, servers: 1, directives: 4_990 },
      { backends: 100, servers: 1, directives: 5_000 },
      '500000 lines',
    ],
    [
      'words',
      { backends: 3_000, servers: 50, options: TLS },
      { backends: 3_600, servers: 50, options: TLS },
      'words',
    ],
    ['sections', { backends: 19_999 }, { backends: 20_000 }, '20000 are allowed'],
    ['servers', { backends: 3_000, servers: 100 }, { backends: 3_001, servers: 100 }, '300000 servers'],
    ['servers', { servers: 10_000 }, { servers: 10_001 }, '10000 servers'],
    ['servers', { servers: 10_000, options: TLS }, { servers: 10_001, options: TLS }, '10000 servers'],
    ['binds', { frontends: 10_000 }, { frontends: 10_001 }, '10000 addresses'],
    [
      'certificates',
      { frontends: 4_000, certificates: 5 },
      { frontends: 4_001, certificates: 5 },
      '20000 certificates',
    ],
    [
      'certificates',
      { frontends: 200, certificates: 100 },
      { frontends: 201, certificates: 100 },
      '20000 certificates',
    ],
    ['calls', { routes: 29_994 }, { routes: 29_995 }, '30000 calls'],
  ])(
    'has an excess of %s if the gate refuses it for that, and only then',
    { timeout: 120_000 },
    (resource, taken, refused, says) => {
      const [one, other] = [textOf(taken), textOf(refused)];
      expect({ excesses: excessesOfHosts(one), kind: gate(one, roomy).kind }).toEqual({
        excesses: [],
        kind: 'accepted',
      });
      const verdict = gate(other, roomy);
      expect(verdict).toMatchObject({ kind: 'refused', blame: [{ message: expect.stringContaining(says) }] });
      expect(excessesOfHosts(other).map((excess) => excess.resource)).toEqual([resource]);
      for (const { count, most } of excessesOfHosts(other)) expect(count).toBeGreaterThan(most);
    },
  );

  it('may use a part of each limit of the text, and all of the limits of one section', () => {
    const servers = textOf({ backends: 1_500, servers: 100 });
    expect(excessesOfHosts(servers, 0.5)).toEqual([]);
    const more = textOf({ backends: 1_501, servers: 100 });
    expect(excessesOfHosts(more, 0.5)).toEqual([
      { resource: 'servers', count: 150_100, most: 300_000, part: 0.5, unit: 'servers that the hosts take' },
    ]);
    expect(excessesOfHosts(textOf({ frontends: 5_001 }), 0.5)).toMatchObject([
      { resource: 'binds', part: 0.5 },
    ]);
    expect(excessesOfHosts(textOf({ servers: 10_000 }), 0.5)).toEqual([]);
    expect(excessesOfHosts(textOf({ routes: 29_000 }), 0.5)).toEqual([]);
  });

  it('has calls in its sections only: what is reserved stands in comments', () => {
    const names = Array.from({ length: 50 }, (_, index) => `h${index}.test`).join();
    const line = `# reserved: shop/web port: http bind: *:80 mode: http tls: off host: ${names}`;
    const text = textOf({}).replace(
      CONFIG_HEADER,
      `${CONFIG_HEADER}\n\n${`${line}\n`.repeat(700).trimEnd()}`,
    );
    expect({ excesses: excessesOfHosts(text), kind: gate(text, roomy).kind }).toEqual({
      excesses: [],
      kind: 'accepted',
    });
  });
});

it('one certificate for which many ask counts once on a bind', () => {
  const asked = '  # service: shop/web port: http certificate: /etc/haproxy/ssl/0.pem\n'.repeat(250);
  const many = textOf({ frontends: 100, certificates: 1 }).replaceAll(/^ {2}# service.*0\.pem\n/gm, asked);
  expect(many.length).toBeGreaterThan(25_000 * 60);
  expect({ excesses: excessesOfHosts(many), kind: gate(many, roomy).kind }).toEqual({
    excesses: [],
    kind: 'accepted',
  });
});

/** Each made the gate see regexes or slow calls in names, so that one Service of many servers stopped every host. */
it.each([
  ['matchers', { servers: 1_100, options: ' check-sni x_reg verifyhost x_reg' }],
  ['expectations', { servers: 1_100, options: ' check-sni rstatus verifyhost rstatus' }],
  ['checksums', { servers: 300, options: ' ssl verify none sni str(crc32.example.com)' }],
  ['substitutions', { servers: 300, options: ' ssl verify none sni str(regsub) check-sni regsub' }],
])('the gate takes names that look like %s', (_what, shape) => {
  expect(gate(textOf(shape), roomy).kind).toBe('accepted');
});

it('the gate takes host names that look like matchers', () => {
  const rule = `  use_backend b0 if { var(txn.host) -m str x_reg${' a.test'.repeat(49)} }\n`;
  const text = textOf({}).replace('\n\n# service: shop/web port: http\nbackend', `\n${rule.repeat(30)}$&`);
  expect(gate(text, roomy).kind).toBe('accepted');
});
