import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIND_OPTIONS, createGate, SERVER_OPTIONS } from '@kubefigurator/haproxy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../support/fleet/certificates.ts';
import type { HaproxyVersion } from '../support/haproxy/haproxy.ts';
import { checkConfig, eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';

const goldens = join(repositoryRoot, 'libs/translator/golden');
const folder = mkdtempSync(join(tmpdir(), 'kf-gate-'));
const PEM = join(folder, 'site.pem');
const gate = createGate({
  allowSections: [],
  folders: { certificates: ['/'], data: [] },
  maxLength: 10_000_000,
});

/** A valid value for each option that doesn't accept every value. */
const VALUES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['ca-file', 'ca-verify-file', 'crl-file', 'crt', 'default-crt'].map((option) => [option, PEM] as const),
  ),
  ...{ 'crt-list': join(folder, 'site.list'), 'tls-ticket-keys': join(folder, 'keys') },
  ...Object.fromEntries(['addr', 'agent-addr', 'source'].map((option) => [option, '10.0.0.9'] as const)),
  ...{ alpn: 'h2,http/1.1', npn: 'h2', 'check-alpn': 'h2', 'agent-send': 'hello\\n' },
  ...{
    ciphers: 'ECDHE+AESGCM:!MD5',
    ciphersuites: 'TLS_AES_128_GCM_SHA256',
    curves: 'P-256',
    ecdhe: 'prime256v1',
  },
  ...{ sigalgs: 'RSA+SHA256', 'client-sigalgs': 'RSA+SHA256' },
  ...{ 'ca-ignore-err': 'all', 'crt-ignore-err': 'all', 'ssl-min-ver': 'TLSv1.2', 'ssl-max-ver': 'TLSv1.3' },
  ...{
    'pool-conn-name': 'req.hdr(host)',
    sni: 'req.hdr(host)',
    'check-sni': 'a.example.com',
    verify: 'none',
  },
  ...{ 'hash-key': 'addr-port', 'init-addr': 'last,libc,none', 'init-state': 'up', 'log-proto': 'legacy' },
  ...{ observe: 'layer4', 'on-error': 'mark-down', 'on-marked-down': 'shutdown-sessions' },
  ...{ 'on-marked-up': 'shutdown-backup-sessions', proto: 'h2', 'check-proto': 'h2', ws: 'h1' },
  ...{ 'proxy-v2-options': 'crc32c,unique-id', redir: 'https://a.example.com', 'resolve-net': '10.0.0.0/8' },
  ...{
    'resolve-opts': 'allow-dup-ip',
    'resolve-prefer': 'ipv4',
    socks4: '10.0.0.9:1080',
    usesrc: 'clientip',
  },
  ...{
    track: 'nodes/n1',
    verifyhost: 'a.example.com',
    'accept-netscaler-cip': '1',
    mss: '1400',
    nice: '-10',
  },
  ...{ interface: 'lo', shards: 'by-thread', thread: '1', label: 'a', resolvers: 'r', 'max-reuse': '-1' },
  ...{ cookie: 'a', name: 'a', guid: 'a-b', 'guid-prefix': 'a-b', 'check-pool-conn-name': 'a' },
  ...{ 'quic-cc-algo': 'cubic', 'quic-socket': 'listener', id: '777', 'agent-port': '81', port: '81' },
  ...{ 'pool-low-conn': '1', weight: '7', 'tcp-ut': '5s', minconn: '1', shard: '1', 'error-limit': '5' },
};
/** Other options that an option requires on the same line. */
const COMPANIONS: Readonly<Record<string, string>> = {
  usesrc: 'source 10.0.0.9',
  interface: 'source 10.0.0.9',
  'check-via-socks4': 'socks4 10.0.0.9:1080',
  'agent-check': 'agent-port 81',
  'error-limit': 'observe layer4 check',
  observe: 'check',
  ws: 'ssl verify none',
  minconn: 'maxconn 5',
};
const BASE_ADDITIONS = `resolvers r
  nameserver a 10.0.0.1:53
backend nodes
  server n1 10.0.0.1:80 check
`;

beforeAll(async () => {
  const authority = await createAuthority(join(folder, 'authority'));
  const { cert, key } = await authority.issue(['a.example.com']);
  writeFileSync(PEM, cert + key);
  writeFileSync(join(folder, 'site.list'), `${PEM}\n`);
  writeFileSync(join(folder, 'keys'), `${Buffer.alloc(48, 7).toString('base64')}\n`.repeat(3));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Known {
  readonly option: string;
  /** The number of words in its value, as `-dKcfg` prints it. */
  readonly values: string;
}

/** The options that this HAProxy knows, from `-dKcfg` (management guide). */
function optionsOf({ path }: HaproxyVersion, line: RegExp): Known[] {
  const listener = join(folder, 'listener.cfg');
  writeFileSync(listener, 'frontend f\n  mode http\n  bind 127.0.0.1:1\n');
  const { stdout } = spawnSync(path, ['-dKcfg', '-q', '-c', '-f', listener], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((each) => {
    const [, option, values = '0'] = line.exec(each) ?? [];
    return option === undefined ? [] : [{ option, values }];
  });
}
const BIND_LINE = /^\tbind <addr> (?:ssl (?=\S))?(\S+)(?: \+(-?\d+))?/;
const SERVER_LINE = /^\tserver <name> <addr> (\S+)(?: \+(-?\d+))?/;
/** Options whose number of words `-dKcfg` doesn't show: another option parses them, or the argument is in the name. */
const SPECIAL_ARITY = new Set(['source', 'usesrc', 'set-proxy-v2-tlv-fmt']);

/** A text with this option; its kind is what the gate's table says of its value, undefined if it has none. */
function textOf(option: string, side: 'bind' | 'server', kind: string | undefined): string {
  const value = kind === undefined ? '' : ` ${VALUES[option] ?? (kind === 'time' ? '2s' : '3')}`;
  const companion = side === 'server' && COMPANIONS[option] !== undefined ? ` ${COMPANIONS[option]}` : '';
  const [bind, server] =
    side === 'bind' ? [` ${option}${value}`, ''] : ['', `${companion} ${option}${value}`];
  return `frontend f-${side}-${option}
  mode http
  bind 127.0.0.1:81 ssl crt ${PEM}${bind}
backend b-${side}-${option}
  mode http
  server s 10.0.0.1:80${option.includes('verify') ? '' : ' ssl verify none'}${server}
`;
}

it('every text the producer renders passes the gate', () => {
  const texts = readdirSync(goldens).filter((file) => file.endsWith('.out.cfg'));
  expect(texts.length).toBeGreaterThanOrEqual(80);
  for (const name of texts) {
    expect(gate(readFileSync(join(goldens, name), 'utf8')), name).toMatchObject({ kind: 'accepted' });
  }
});

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  const known = { bind: optionsOf(haproxy, BIND_LINE), server: optionsOf(haproxy, SERVER_LINE) };
  const tables = { bind: BIND_OPTIONS, server: SERVER_OPTIONS };

  it.each(['bind', 'server'] as const)(
    'reads as many words as the gate for each option of a %s line',
    (side) => {
      expect(known[side].length).toBeGreaterThan(50);
      const common = known[side].filter(
        ({ option }) => tables[side].has(option) && !SPECIAL_ARITY.has(option),
      );
      expect(common.length).toBeGreaterThan(40);
      const read = (option: string): string => (tables[side].get(option) === undefined ? '0' : '1');
      expect(common.filter(({ option, values }) => read(option) !== values)).toEqual([]);
    },
  );

  it.each(['bind', 'server'] as const)(
    'accepts every option of a %s line that the gate accepts',
    async (side) => {
      const options = known[side].map(({ option }) => option).filter((option) => tables[side].has(option));
      const text = options.map((option) => textOf(option, side, tables[side].get(option))).join('');
      expect(gate(text)).toMatchObject({ kind: 'accepted' });
      const [base, candidate] = [join(folder, 'base.cfg'), join(folder, 'candidate.cfg')];
      writeFileSync(base, `${plainBaseConfig(folder)}${BASE_ADDITIONS}`);
      writeFileSync(candidate, text);
      const { code, complaints } = await checkConfig(haproxy, [base, candidate]);
      expect(complaints.split('\n').filter((line) => line.includes('ALERT'))).toEqual([]);
      expect(code).toBe(0);
    },
  );
});
