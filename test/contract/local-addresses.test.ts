import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGate } from '@kubefigurator/haproxy-config';
import { afterAll, describe, expect, it } from 'vitest';
import { checkConfig, eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'kf-local-'));
afterAll(() => rmSync(folder, { recursive: true }));
const settings = { allowSections: [], folders: { certificates: [], data: [] }, maxLength: 1_000_000 };

/** Spellings of addresses that servers must not have: this host, its link, a socket, or what a client chose. */
const LOCAL = [
  ...[
    '127.0.0.1:80',
    '127.1:80',
    '127.0.1:80',
    '0x7f.1:80',
    '0x7f000001:80',
    '2130706433:80',
    '017700000001:80',
  ],
  ...[
    'localhost:80',
    'LOCALHOST:80',
    'ipv4@127.0.0.1:80',
    'ipv6@::1:80',
    'tcp@127.0.0.1:80',
    'tcp4@127.0.0.1:80',
  ],
  ...['[::1]:80', '::1:80', '[::ffff:127.0.0.1]:80', '::ffff:7f00:1:80', '::127.0.0.1:80'],
  ...['0.0.0.0:80', '0:80', '*:80', ':80', '[::]:80', ':::80', '169.254.169.254:80', '[fe80::1]:80', '0:+1'],
  ...['127.0.0.1', '127.0.0.1:+80', 'unix@/tmp/x', '/tmp/x', 'abns@x'],
];

function textWith(address: string): string {
  return `frontend f\n  bind 127.0.0.1:81\n  mode tcp\n  default_backend b\nbackend b\n  mode tcp\n  server s ${address}\n`;
}

describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  it.each(LOCAL)('takes the server %s, which the gate refuses', async (address) => {
    const [base, candidate] = [join(folder, 'base.cfg'), join(folder, 'candidate.cfg')];
    writeFileSync(base, plainBaseConfig(folder));
    writeFileSync(candidate, textWith(address));
    expect(await checkConfig(haproxy, [base, candidate])).toMatchObject({ code: 0 });
    expect(createGate(settings)(textWith(address))).toMatchObject({ kind: 'refused' });
  });
});
