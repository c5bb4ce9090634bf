import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { allowsRuntimeUpdates, gateOf } from './host.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-host-'));
const base = (text: string): string => {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  return file;
};
const allows = (file: string): Promise<boolean> =>
  allowsRuntimeUpdates({ runtimeUpdates: true, baseConfigs: [file] });

it('servers are changed at run time only if no base file concerns servers', async () => {
  expect(await allows(base('global\ndefaults\n  timeout client 1s\n'))).toBe(true);
  expect(await allows(base('defaults\n  default-server inter 1s\n'))).toBe(false);
  expect(await allows(base('frontend x\n  http-request deny if { srv_is_up(b/x) }\n'))).toBe(false);
});

it('a base file that can’t be read may concern servers', async () => {
  expect(await allows(folder)).toBe(false);
  expect(await allows(join(folder, 'missing.cfg'))).toBe(false);
});

it('a text may name stand-ins beside dynamic.cfg, and where earlier versions made them, and nothing else there', () => {
  const gate = gateOf({
    allowSection: [],
    certificateDir: ['/etc/haproxy/ssl'],
    fileDir: [],
    stateDirectory: '/var/lib/kubefigurator',
    haproxyConfig: '/etc/haproxy/dynamic.cfg',
  });
  const verdict = (folder: string): string =>
    gate(`frontend f\n  bind :443 ssl crt ${folder}\n  default_backend b\nbackend b\n`).kind;
  const standIn = '%2Fetc%2Fhaproxy%2Fssl@0123456789abcdef';
  expect(verdict(`/etc/haproxy/kubefigurator/certificates/${standIn}`)).toBe('accepted');
  expect(verdict(`/var/lib/kubefigurator/certificates/${standIn}`)).toBe('accepted');
  expect(verdict('/etc/haproxy/kubefigurator/certificates/other')).toBe('refused');
  expect(verdict(`/etc/haproxy/${standIn}`)).toBe('refused');
});
