import { describe, expect, it } from 'vitest';
import { gate, good, settings } from './testing/sample-gate.ts';

function findingsOn(line: string, allowLocalServers = false): readonly string[] {
  const verdict = gate(
    good.replace('  server a', () => `  ${line}\n  server a`),
    { ...settings, allowLocalServers },
  );
  return verdict.kind === 'refused' ? verdict.blame.map(({ message }) => message) : [];
}

const LOCAL = [
  ...[
    '127.0.0.1:80',
    '127.255.0.1:80',
    '127.0.0.1',
    '127.1:80',
    '0x7f.1:80',
    '2130706433:80',
    '017700000001:80',
  ],
  ...[
    '0177.0.0.1:80',
    'localhost:80',
    'LOCALHOST:80',
    'lb-1:80',
    'metadata.google.internal:80',
    'a.example.com:80',
  ],
  ...['ipv4@127.0.0.1:80', 'tcp@127.0.0.1:80', 'tcp4@127.0.0.1:80', 'ipv6@::1:80', 'tcp6@[::1]:80'],
  ...['[::1]:80', '::1:80', '[::1]', '[::ffff:127.0.0.1]:80', '::ffff:127.0.0.1:80', '[::ffff:7f00:1]:80'],
  ...['[0:0:0:0:0:ffff:7f00:0001]:80', '[::127.0.0.1]:80', '[64:ff9b::7f00:1]:80', '[::ffff:169.254.1.1]:80'],
  ...['0.0.0.0:80', '0.0.0.1:80', '0:80', '*:80', ':80', '[::]:80', ':::80', '127.0.0.1:+80', '0:+1'],
  ...['169.254.169.254:80', '169.254.0.1:80', '[fe80::1]:80', '[febf::1]:80', '[fd00:ec2::254]:80'],
  ...['100.100.100.200:80', '168.63.129.16:80', '192.0.0.192:80', '[fd20:ce::254]:80'],
  ...['[64:ff9b::168.63.129.16]:80', '[2002:6464:64c8::1]:80'],
  ...['[64:ff9b:1::7f00:1]:80', '[64:ff9b:1:7f00:0:100::]:80', '[fec0::1]:80', '192.0.0.8:80', '[100::1]:80'],
  ...['[2001::1]:80', '192.88.99.1:80', '[2002:c058:6301::]:80', '[5f00::1]:80', '[::ffff:192.0.0.8]:80'],
];

describe('servers on this host', () => {
  it('are told from addresses that are no machine', () => {
    expect(findingsOn('server x [fec0::1]:80')).toEqual([
      expect.stringContaining('is no address of one other machine: site-local (--allow-local-servers)'),
    ]);
    expect(findingsOn('server x 127.0.0.1:80')).toEqual([
      expect.stringContaining("this host's own services"),
    ]);
  });

  it.each(LOCAL)('%s is refused, unless the host allows it', (address) => {
    for (const line of [`server x ${address}`, `server-template x 1-2 ${address}`]) {
      expect(findingsOn(line)).toEqual([expect.stringContaining('(--allow-local-servers)')]);
      expect(findingsOn(line, true)).toEqual([]);
    }
  });

  it.each([
    'dispatch 127.0.0.1:80',
    'server x 10.0.0.1:80 check addr 127.0.0.1',
    'server x 10.0.0.1:80 agent-check agent-port 1 agent-addr localhost',
    'server x 10.0.0.1:80 socks4 127.0.0.1:1080',
    'default-server check addr 169.254.169.254',
    'http-check connect addr 127.0.0.1 port 80',
    'tcp-check connect port 80 addr ::1',
    'option transparent',
    'http-request set-dst hdr_ip(x-to)',
    'http-request set-dst str(127.0.0.1)',
    'tcp-request connection set-dst src',
    'tcp-request content set-dst src',
    'tcp-request session set-dst src',
    "'server' x '127.0.0.1:80'",
    'server x 127.\\x30.0.1:80',
  ])('%s is refused, unless the host allows it', (line) => {
    expect(findingsOn(line)).not.toEqual([]);
    expect(findingsOn(line, true)).toEqual([]);
  });

  it.each([
    'server x 10.0.0.1:80',
    'server x 10.0.0.1:80 check addr 10.0.0.2',
    'server x 192.168.127.1:80',
    'server x 128.0.0.1:80',
    'server x [2001:db8::127:1]:80',
    'server x ipv4@10.0.0.1:80',
    ...['192.0.2.1:80', '198.18.0.1:80', '100.64.0.1:80', '240.0.0.1:80'].map((at) => `server x ${at}`),
    ...['[2001:2::1]:80', '[64:ff9b::10.0.0.1]:80', '[64:ff9c::1]:80'].map((at) => `server x ${at}`),
    'server localhost 10.0.0.1:80 cookie 127.0.0.1',
    'server x 10.0.0.1:80 ssl verify none sni str(localhost)',
    'log 127.0.0.1:514 local0',
    'source 0.0.0.0 usesrc clientip',
    'http-request set-dst-port int(80)',
    'http-request set-header x-set-dst set-dst',
    'http-check send meth GET uri / hdr host localhost',
  ])('%s is accepted', (line) => {
    expect(findingsOn(line)).toEqual([]);
  });
});
