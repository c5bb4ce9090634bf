import { describe, expect, it } from 'vitest';
import { gate, good, settings } from './testing/sample-gate.ts';

function kindOf(line: string): string {
  return gate(
    good.replace('  mode http\n  bind', () => `  ${line}\n  mode http\n  bind`),
    settings,
  ).kind;
}

/** Portable texts hold none of them, since 2.6 to 3.2 don't know them, and a host may have a newer HAProxy. */
describe('what HAProxy 3.3 and 3.4 know, and versions before them don’t', () => {
  it.each([
    // Files and keys of the host.
    'bind :443 ssl crt /etc/haproxy/ssl/a.pem ech /etc/shadow',
    'http-request set-header x %[req.hdr(a),jwt_verify_cert(str(RS256),/etc/shadow)]',
    'http-request set-header x %[req.hdr(a),jwt_decrypt_cert(/etc/shadow)]',
    'http-request set-header x %[req.hdr(a),jwt_decrypt_cert(/etc/haproxy/ssl/site.pem)]',
    'http-request set-var(txn.x) req.hdr(a),jwt_decrypt_cert("/etc/haproxy/data/../ssl/site.pem")',
    'acl a req.hdr(a),jwt_decrypt_cert(/etc/shadow) -m found',
    'ssl-passphrase-cmd /bin/sh',
    'shm-stats-file /tmp/x',
    // All variables, those of the process among them.
    'http-request set-header x %[dump_all_vars(proc)]',
    'http-request set-header x %[dump_all_vars]',
    'http-request set-header x %{+Q}[dump_all_vars,lower]',
    'http-request set-header x "a%[ dump_all_vars(,pr)]"',
    'http-request set-var(txn.x) dump_all_vars',
    'http-request set-var(txn.x) dump_all_vars,lower',
    'http-request deny if { dump_all_vars -m sub secret }',
    'http-request deny if !{ dump_all_vars,lower -m sub secret }',
    'use_backend web if { dump_all_vars -m found }',
    'acl a dump_all_vars -m found',
    'server x 10.0.0.1:443 ssl verify none sni dump_all_vars',
    'default-server pool-conn-name dump_all_vars,lower',
    // A frontend that answers by itself, and other modes than those of the producer.
    'mode haterm',
    'mode health',
    'mode',
    // A secret in the text, and a section of the host's.
    'bind :80 tcp-md5sig secret',
    'server x 10.0.0.1:80 tcp-md5sig secret',
    'server x 10.0.0.1:80 healthcheck own',
  ])('refuses %s', (line) => {
    expect(kindOf(line)).toBe('refused');
  });

  it.each([
    'mode tcp',
    'http-request set-header x %[req.hdr(a),jwt_decrypt_cert(/etc/haproxy/data/site.pem)]',
    // Names that Services and files have.
    'use_backend web if { var(txn.host) -m str dump_all_vars a.example.com }',
    'use_backend web if { var(txn.host) -m str a.example.com dump_all_vars }',
    'bind :443 ssl crt /etc/haproxy/ssl/dump_all_vars',
    'server x 10.0.0.1:443 ssl verify none sni str(dump_all_vars) verifyhost dump_all_vars',
    'server x 10.0.0.1:443 ssl verify none check-sni dump_all_vars',
    'http-request set-header x %[req.hdr(dump_all_vars)]',
    'http-request set-header x-dump_all_vars dump_all_vars.example.com',
  ])('accepts %s', (line) => {
    expect(kindOf(line)).toBe('accepted');
  });
});
