import { defaultTranslatorSettings } from '@kubefigurator/translator';
import { compileSnapshot, propertyRuns } from '@kubefigurator/translator/testing';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig, eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { createProvider } from '../support/fleet/provided-certificates.ts';
import { ancestorConfig } from './migration/ancestor.ts';
import type { Described } from './migration/described.ts';
import { describeText } from './migration/described.ts';
import { DASHBOARD, manifest, NODES } from './migration/manifests.ts';
import { PEACEFUL_NODES, peacefulServices } from './migration/random-services.ts';

interface Viewed extends Described {
  readonly text: string;
  /** `<Service> <code>` of each diagnostic, in order. */
  readonly diagnostics: readonly string[];
}

/** Runs the built producer's `view` on these manifests. */
async function view(...manifests: readonly string[]): Promise<Viewed> {
  return viewWith([], ...manifests);
}

/** The same with flags that docs/migrate names. */
async function viewWith(more: readonly string[], ...manifests: readonly string[]): Promise<Viewed> {
  const folder = mkdtempSync(join(tmpdir(), 'kf-migration-'));
  writeFileSync(join(folder, 'all.yaml'), [NODES, ...manifests].join('---\n'));
  const flags = ['view', `--from=${folder}`, '--cluster=nyc1', '-o', 'json', ...more];
  const { code, stdout, stderr } = await runCommand([process.execPath, bundlePath('producer'), ...flags]);
  rmSync(folder, { recursive: true });
  expect(code, stderr).toBe(0);
  const reported = JSON.parse(stderr) as {
    readonly object: { readonly name: string };
    readonly code: string;
  }[];
  const diagnostics = reported.map((each) => `${each.object.name} ${each.code}`);
  return { ...describeText(stdout), text: stdout, diagnostics };
}

/** The servers of a backend on both nodes. */
const servers = (nodePort: number, words: string): string[] =>
  ['worker-a 10.1.0.11', 'worker-b 10.1.0.12'].map((server) => `${server}:${String(nodePort)} ${words}`);
const TLS = 'check ssl verify none';

describe('manifests of haproxy-kubefigurator', () => {
  it('the dashboard of its readme', async () => {
    const { frontends, backends, diagnostics } = await view(DASHBOARD);
    const backend = 'k8s-service_kube-system_kubernetes-dashboard_web-ui_backend';
    expect({ frontends, backends, diagnostics }).toEqual({
      frontends: {
        'k8s-service_all_443_listen': {
          ...{ mode: 'http', bind: '*:443', tls: true },
          certificates: ['/etc/haproxy/ssl/nyc1-dashboard.ds.example.com.pem'],
          hosts: { 'nyc1-dashboard.ds.example.com': backend },
        },
      },
      backends: {
        [backend]: { mode: 'http', balance: 'roundrobin', forwardsProto: true, servers: servers(30443, TLS) },
      },
      diagnostics: [],
    });
  });

  it('several Services on one bind, their certificates together', async () => {
    const { frontends, diagnostics } = await view(
      manifest('b', ['web.hostname: B.example.com'], ['name: web, port: 80, nodePort: 30001']),
      manifest(
        'a',
        ['web.hostname: a.example.com', 'web.ssl-certificate: star.pem'],
        ['name: web, port: 80, nodePort: 30002'],
      ),
      manifest(
        'c',
        ['web.hostname: c.example.com', 'web.ssl-certificate: star.pem'],
        ['name: web, port: 80, nodePort: 30003'],
      ),
    );
    expect(diagnostics).toEqual([]);
    expect(frontends).toEqual({
      'k8s-service_all_443_listen': {
        ...{ mode: 'http', bind: '*:443', tls: true },
        certificates: ['/etc/haproxy/ssl/B.example.com.pem', '/etc/haproxy/ssl/star.pem'],
        hosts: Object.fromEntries(
          ['a', 'b', 'c'].map((name) => [`${name}.example.com`, `k8s-service_shop_${name}_web_backend`]),
        ),
      },
    });
  });

  it('plain http, tcp and tcp over TLS, each on its own bind', async () => {
    const options = [
      ...[
        'web.use-ssl: "false"',
        'web.listen-port: "80"',
        'web.listen-ip: 10.9.9.9',
        'web.hostname: w.example.com',
      ],
      ...[
        'db.haproxy-mode: tcp',
        'db.listen-port: "5432"',
        'db.backends-balance-method: source',
        'db.hostname: ""',
      ],
      ...[
        'mq.haproxy-mode: tcp',
        'mq.use-ssl: "true"',
        'mq.ssl-certificate: mq.pem',
        'mq.listen-port: "5671"',
        'mq.backends-use-ssl: "false"',
      ],
    ];
    const ports = ['web', 'db', 'mq'].map(
      (name, at) => `name: ${name}, port: ${String(80 + at)}, nodePort: ${String(30001 + at)}`,
    );
    const { frontends, backends, diagnostics } = await view(manifest('all', options, ports));
    expect(diagnostics).toEqual([]);
    const plain = { tls: false, certificates: [] };
    expect(frontends).toEqual({
      'k8s-service_10.9.9.9_80_listen': {
        ...{
          ...plain,
          mode: 'http',
          bind: '10.9.9.9:80',
          hosts: { 'w.example.com': 'k8s-service_shop_all_web_backend' },
        },
      },
      'k8s-service_all_5432_listen': {
        ...plain,
        mode: 'tcp',
        bind: '*:5432',
        hosts: {},
        others: 'k8s-service_shop_all_db_backend',
      },
      'k8s-service_all_5671_listen': {
        ...{ mode: 'tcp', bind: '*:5671', tls: true, certificates: ['/etc/haproxy/ssl/mq.pem'] },
        ...{ hosts: {}, others: 'k8s-service_shop_all_mq_backend' },
      },
    });
    expect(
      Object.values(backends).map((each) => [each.mode, each.balance, each.forwardsProto, each.servers]),
    ).toEqual([
      ['tcp', 'source', false, servers(30002, 'check')],
      ['tcp', 'roundrobin', false, servers(30003, 'check')],
      ['http', 'roundrobin', false, servers(30001, 'check')],
    ]);
  });

  it('one host name in several namespaces, each on its own bind, with --host-names-per-bind', async () => {
    const port = ['name: web, port: 80, nodePort: 30001'];
    const inNamespace = (namespace: string, ...options: readonly string[]): string =>
      manifest(namespace, options, port).replace('namespace: shop', `namespace: ${namespace}`);
    const manifests = [
      inNamespace('one', 'web.hostname: x.example.com'),
      inNamespace('two', 'web.hostname: x.example.com', 'web.listen-port: "8443"'),
      inNamespace('three', 'web.hostname: "*.example.com"', 'web.listen-port: "9443"'),
    ];
    const free = await viewWith(['--host-names-per-bind'], ...manifests);
    expect({ served: Object.keys(free.frontends), diagnostics: free.diagnostics }).toEqual({
      served: ['k8s-service_all_443_listen', 'k8s-service_all_8443_listen', 'k8s-service_all_9443_listen'],
      diagnostics: [],
    });
    const strict = await view(...manifests);
    expect(Object.keys(strict.frontends)).toEqual(['k8s-service_all_443_listen']);
    expect(strict.diagnostics).toEqual(['three conflict-host', 'two conflict-host']);
  });

  it('a port without a name, written with two dots', async () => {
    const { frontends } = await view(
      manifest('one', ['.hostname: one.example.com'], ['port: 80, nodePort: 30001']),
    );
    expect(Object.values(frontends)[0]?.hosts).toEqual({
      'one.example.com': 'k8s-service_shop_one_80_backend',
    });
  });

  it('values other than true and false keep their meaning, and are reported', async () => {
    const options = [
      'web.use-ssl: "yes"',
      'web.listen-port: "80"',
      'web.hostname: w.example.com',
      'web.backends-use-ssl: "on"',
      'web.backends-verify-ssl: "1"',
    ];
    const { frontends, backends, diagnostics } = await view(
      manifest('odd', options, ['name: web, port: 80, nodePort: 30001']),
    );
    expect(frontends['k8s-service_all_80_listen']).toMatchObject({ tls: false, mode: 'http' });
    expect(backends['k8s-service_shop_odd_web_backend']?.servers).toEqual(servers(30001, 'check'));
    // One for each port and code; its message has all three.
    expect(diagnostics).toEqual(['odd unusual-boolean']);
  });

  it('an annotation that made it panic, or HAProxy refuse the config, affects only its own Service', async () => {
    const port = ['name: p, port: 80, nodePort: 30001'];
    const { frontends, backends, diagnostics, text } = await view(
      DASHBOARD,
      manifest('tcp-old', ['p.haproxy-mode: tcp', 'p.listen-port: "5432"'], port, '2018-01-01T00:00:00Z'),
      manifest('a-tcp-young', ['p.haproxy-mode: tcp', 'p.listen-port: "5432"'], port, '2019-01-01T00:00:00Z'),
      manifest('mode', ['p.haproxy-mode: TCP', 'p.listen-port: "81"'], port),
      manifest('port', ['p.hostname: x.example.com', 'p.listen-port: https'], port),
      manifest('balance', ['p.hostname: y.example.com', 'p.backends-balance-method: fastest'], port),
      manifest('nameless', [], port),
      manifest(
        'plain-on-tls',
        ['p.hostname: z.example.com', 'p.use-ssl: "false"'],
        port,
        '2019-01-01T00:00:00Z',
      ),
      manifest('twice', ['p.hostname: nyc1-dashboard.ds.example.com'], port),
      manifest('udp', ['p.hostname: u.example.com'], ['name: p, port: 53, protocol: UDP, nodePort: 30053']),
      manifest('verified', ['p.hostname: v.example.com', 'p.backends-verify-ssl: "true"'], port),
    );
    expect(Object.keys(frontends)).toEqual(['k8s-service_all_443_listen', 'k8s-service_all_5432_listen']);
    expect(frontends['k8s-service_all_5432_listen']?.others).toBe('k8s-service_shop_tcp-old_p_backend');
    expect(Object.keys(backends)).toHaveLength(3);
    expect(text).toContain('use_backend k8s-service_shop_twice_p_backend');
    expect(backends['k8s-service_shop_verified_p_backend']?.servers[0]).toContain(
      'ssl verify required ca-file @system-ca',
    );
    // The dashboard has no creation time, so it counts as younger than `twice`.
    expect(diagnostics).toEqual([
      ...['kubernetes-dashboard conflict-host', 'a-tcp-young conflict-port', 'balance invalid-value'],
      ...['mode invalid-value', 'nameless no-certificate-name', 'plain-on-tls conflict-tls'],
      ...['port invalid-value', 'udp nothing-to-serve', 'udp unsupported-protocol'],
    ]);
    expect(text).not.toContain('reqadd');
  });
});

const runs = { ...propertyRuns(), numRuns: Math.ceil(propertyRuns().numRuns / 5) };
it(`random Services mean what they meant to haproxy-kubefigurator, ${String(runs.numRuns)} from seed ${String(runs.seed)}`, () => {
  fc.assert(
    fc.property(peacefulServices, (services) => {
      // The rule of haproxy-kubefigurator for a bind on one address beside a bind on all.
      const settings = { ...defaultTranslatorSettings, cluster: 'nyc1', specificAddressWins: true };
      const snapshot = { services, nodes: PEACEFUL_NODES };
      const { text, diagnostics } = compileSnapshot(snapshot, settings);
      const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
      expect(errors).toEqual(services.length === 0 ? ['no-services'] : []);
      expect(describeText(text)).toEqual(ancestorConfig(services, PEACEFUL_NODES, 'nyc1'));
    }),
    runs,
  );
});

it.each(eachHaproxy())(
  'HAProxy %s accepts the readme’s example as it is rendered',
  async (_version, haproxy) => {
    const folder = mkdtempSync(join(tmpdir(), 'kf-migration-'));
    const provide = await createProvider(folder);
    const files = [join(folder, 'base.cfg'), join(folder, 'dynamic.cfg')] as const;
    writeFileSync(files[0], plainBaseConfig(folder));
    writeFileSync(files[1], provide((await view(DASHBOARD)).text));
    expect(await checkConfig(haproxy, files)).toEqual({ code: 0, complaints: '' });
    rmSync(folder, { recursive: true });
  },
);
