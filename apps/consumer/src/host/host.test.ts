import { expect, it } from 'vitest';
import { gateOf } from './host.ts';

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
