import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { describe, expect, it } from 'vitest';
import type { GateSettings } from './gate.ts';
import type { Verdict } from './gate.ts';
import { createGate } from './gate.ts';

const settings: GateSettings = {
  allowSections: [],
  folders: { certificates: ['/etc/haproxy/ssl'], data: ['/etc/haproxy/data'] },
  maxLength: 1_000_000,
};
const gate = (text: string, own: GateSettings): Verdict => createGate(own)(text);
const good = `${CONFIG_HEADER}

# service: shop/web port: http
frontend k8s-service_all_80_listen
  mode http
  bind *:80
  # service: shop/web port: http
  use_backend web if { var(txn.host) -m str web.example.com }

# service: shop/web port: http
backend web
  mode http
  server a 10.0.0.1:30080 check
`;

function blameOf(line: string): readonly string[] {
  const verdict = gate(
    good.replace('  mode http\n  bind', () => `${line}\n  mode http\n  bind`),
    settings,
  );
  return verdict.kind === 'refused' ? verdict.blame.map((each) => each.message) : [];
}

describe('gate', () => {
  it('accepts what the producer writes, and adds a missing last newline', () => {
    expect(gate(good, settings).kind).toBe('accepted');
    expect(gate(good.trimEnd(), settings)).toMatchObject({ kind: 'accepted', text: good });
  });

  it('accepts a text put by hand, indented or not, and CRLF', () => {
    expect(gate('listen x\nbind :8080\nmode tcp\nserver a 10.0.0.1:80\n', settings).kind).toBe('accepted');
    expect(gate('listen x\r\n  bind :8080\r\n  server a 10.0.0.1:80\r\n', settings).kind).toBe('accepted');
  });

  it('tells the deliberate nothing from a blank value', () => {
    expect(gate(CONFIG_HEADER, settings)).toMatchObject({ kind: 'accepted', text: `${CONFIG_HEADER}\n` });
    for (const blank of ['', '\n', '  \n\t\n', '# nothing here\n']) {
      expect(gate(blank, settings)).toEqual({ kind: 'blank' });
    }
  });

  it('refuses sections that are not for a published text, unless the host allows them', () => {
    for (const keyword of [
      'global',
      'defaults',
      'program',
      'userlist',
      'resolvers',
      'peers',
      'cache',
      'ring',
    ]) {
      const text = `${good}\n${keyword} x\n`;
      const verdict = gate(text, settings);
      expect(verdict).toMatchObject({ kind: 'refused', blame: [{ sources: [] }] });
      expect(JSON.stringify(verdict)).toContain(`--allow-section ${keyword}`);
      expect(gate(text, { ...settings, allowSections: [keyword] }).kind).toBe('accepted');
    }
  });

  it('names the Service a refused line belongs to', () => {
    expect(gate(good.replace('check', 'check ssl ca-file /etc/shadow'), settings)).toEqual({
      kind: 'refused',
      blame: [
        {
          sources: [{ namespace: 'shop', service: 'web', port: 'http' }],
          message:
            'line 13: file "/etc/shadow": only /etc/haproxy/ssl is open to a published text (--certificate-dir)',
        },
      ],
    });
  });

  it.each([
    '  lua-load /tmp/x.lua',
    '  "lua-load" /tmp/x.lua',
    "  l'ua-load' x",
    '  external-check command /bin/sh',
    '  option external-check',
    '  no option external-check',
    '  insecure-fork-wanted',
    '  .if defined(X)',
    '  errorfile 503 /etc/passwd',
    '  http-request return status 200 content-type text/plain file /etc/passwd',
    '  http-request return status 200 content-type text/plain lf-file "/etc/passwd"',
    '  acl a src -f /etc/hosts',
    '  use_backend %[req.hdr(host),lower,map(/etc/passwd,x)]',
    '  use_backend %[req.hdr(host),map_str_int(/etc/haproxy/ssl/../x)]',
    '  http-request set-header a %[env(SECRET)]',
    '  http-request set-header a "${SECRET}"',
    '  http-request deny unless { var(txn.jwt),jwt_verify(txn.alg,/etc/key.pem) 1 }',
    '  bind /run/x.sock',
    '  bind unix@/run/x.sock',
    '  bind abns@x',
    '  bind 127.0.0.1:81,fd@3',
    '  bind :443 ssl crt etc/passwd',
    '  bind :443 ssl crt /etc/haproxy/sslx/a.pem',
    '  bind :443 ssl crt-list /tmp/list',
    '  server x /run/haproxy-master.sock',
    '  server x unix@/run/haproxy-master.sock',
    '  server x 10.0.0.1:80 check addr /run/haproxy-master.sock',
    '  filter spoe engine e config /tmp/x.conf',
    '  load-server-state-from-file global',
    '  http-request set-header a "never closed',
    // A NUL ends HAProxy's word and not ours.
    '  external-check\\x00z',
    '  lua-load\\x00 /tmp/e.lua',
    '  http-request return status 200 content-type text/plain file\\x00 /etc/shadow',
    '  bind :443 ssl crt\\x00 /etc/shadow',
    '  http-request set-header a \\x4',
    // HAProxy runs the parser of what follows `no` before it complains.
    'no global',
    'no lua-load /tmp/e.lua',
    'default lua-load /tmp/e.lua',
    '  no errorfile 503 /etc/shadow',
    '  no .if 1',
    '  no',
    // Other spellings of the host's own sockets, and `$`, which addresses expand without quotes.
    '  server s stream+/run/haproxy-master.sock',
    '  server s stream+uxst@/run/haproxy-master.sock',
    '  bind stream+/tmp/x.sock',
    '  log stream+/run/x local0',
    '  log dgram+fd@4 local0',
    '  log ring@x local0',
    '  server s ${Q}/run/m.sock',
    "  server s 'un${Q}ix@/run/m.sock'",
    "  server s '${SECRET}.x.invalid:80'",
    '  bind ${Q}fd@0',
    '  dispatch /run/m.sock',
    '  source unix@/run/x',
    '  server s 10.0.0.1:80 socks4 /run/m.sock:80',
    '  server s 10.0.0.1:80 source /run/x',
    '  server s 10.0.0.1:80 check addr 10.0.0.1 addr /run/m.sock',
    '  server addr 10.0.0.1:80 check addr /run/m.sock',
    '  default-server agent-addr /run/m.sock',
    '  tcp-check connect comment addr addr /run/m.sock',
    // Keys are for TLS, not for answers.
    '  http-request return status 200 content-type text/plain file /etc/haproxy/ssl/site.pem',
    '  http-request deny lf-file /etc/haproxy/ssl/site.pem',
    '  http-error status 503 content-type text/plain file /etc/haproxy/ssl/site.pem',
    '  errorfile 503 /etc/haproxy/ssl/site.pem',
    '  acl a src -f /etc/haproxy/ssl/site.pem',
    '  use_backend x if { src -M -f /etc/hosts }',
    '  http-request set-header x %[req.hdr(host),map(/etc/haproxy/ssl/site.pem)]',
    '  ssl-f-use crt /etc/haproxy/ssl/c.pem key /etc/shadow',
    // Words that open a section for HAProxy, and those nobody knows.
    '  namespace_list',
    '  [foo]',
    '  ssl-provider-path /tmp',
    '  some-later-directive x',
    `  bind :1-65535`,
    '  bind quic4@:1-65535',
    '  bind localhost:80',
    '  bind 127.1:80',
    '  bind 0x7f000001:80',
    '  bind 2130706433:80',
    '  bind :80 level admin',
    '  bind :80 namespace ../../etc',
    '  server x 10.0.0.1:80 namespace ../../etc',
    // Every parser behind another one.
    '  stats http-request deny deny_status 200 content-type text/plain file /etc/shadow',
    '  stats http-request return lf-file /etc/shadow',
    '  stats admin if TRUE',
    '  default log /run/x local0 info',
    '  no log /run/x local0',
    '  server s 10.0.0.1:443 ssl verify none sni str(root),map(/etc/shadow)',
    '  default-server sni str(root),map(/etc/shadow)',
    '  server s 10.0.0.1:80 set-proxy-v2-tlv-fmt(0x20) %[str(a),map(/etc/shadow)]',
    '  bind :443 ssl default-crt /outside/site.pem',
    '  http-request set-header x "map(/etc/haproxy/data/ok %[path,map(/outside)]"',
    '  http-request set-header x %[path,map(/outside,/etc/haproxy/data/jwt_verify)]',
    `  http-request set-header x %[path,map(/etc/haproxy/data/${'./'.repeat(250)}../out)]`,
    // HAProxy 2.6 dies of these.
    '  capture request header X len -1',
    '  stick-table type string len -1 size 1m',
    '  http-request capture req.hdr(x) len 0',
    '  declare capture request len 99999999',
    '  server-template s 1-20000 127.0.0.1:80',
    '  server-template s 100000000 127.0.0.1:80',
    '  server-template s x 127.0.0.1:80',
  ])('refuses %s', (line) => {
    expect(blameOf(line)).not.toEqual([]);
  });

  it.each([
    '  bind :443 ssl crt /etc/haproxy/ssl/a.pem crt /etc/haproxy/ssl alpn h2,http/1.1',
    '  server x 10.0.0.1:443 ssl verify required ca-file @system-ca',
    '  server x [2001:db8::1]:443',
    '  log /dev/log local0',
    '  http-request set-header x-mapped %[req.hdr(host),map(/etc/haproxy/data/hosts.map)]',
    '  acl a src -f /etc/haproxy/data/networks',
    '  errorfile 503 /etc/haproxy/data/503.http',
    '  no option httplog',
    '  no log',
    '  log global',
    '  log 10.0.0.1:514 len 2048 local0',
    '  use_backend crt if TRUE',
    '  server crt 10.0.0.1:80',
    '  server ca-file 10.0.0.1:80 check inter 1s',
    '  http-request set-header x-kind file if TRUE',
    '  acl a path /x addr /y',
    '  server x host.example.com:443 ssl verify none',
    '  server x ipv6@[2001:db8::1]:443',
    '  server x 10.0.0.1 check port 81 addr 10.0.0.2 agent-addr host.example.com',
    '  source 0.0.0.0 usesrc clientip',
    '  source 0.0.0.0 usesrc hdr_ip(x-forwarded-for,-1)',
    '  bind 2001:db8::1:443',
    '  bind *:8000-8010 v4v6',
    '  stats enable',
    '  stats uri /stats',
    '  stats auth admin:secret',
    '  capture request header X len 64',
    '  stick-table type ip size 200k expire 30m',
    '  server-template s 1-10 app.example.com:80 check',
    '  server s 10.0.0.1:443 ssl verify none sni str(app.example.com)',
    '  log 10.0.0.1:514 len 4096 local0',
    '  http-request deny if { path_reg ^/a\\.b$ }',
    '  http-request return status 200 content-type text/plain string "a file of /etc/passwd"',
    "  http-request set-header x '$not-a-variable'",
    '  # lua-load in a comment',
  ])('accepts %s', (line) => {
    expect(blameOf(line)).toEqual([]);
  });

  it('refuses what would listen nowhere, lines outside of sections, control characters and too much text', () => {
    const backend = good.slice(good.indexOf('backend web'));
    expect(gate(backend, settings)).toMatchObject({ kind: 'refused' });
    expect(gate(`bind :80\n${good}`, settings)).toMatchObject({ kind: 'refused' });
    for (const char of ['\u0000', '\u0007', '\ufeff', '\u000b']) {
      expect(gate(`${good}# ${char}\n`, settings)).toMatchObject({ kind: 'refused' });
    }
    expect(gate(good, { ...settings, maxLength: 10 })).toMatchObject({ kind: 'refused' });
  });

  it('shows no control character of a text in its findings', () => {
    const verdict = gate(`${good}  server x "/\\n\\x1b[2J"\n`, settings);
    expect(verdict.kind).toBe('refused');
    expect(JSON.stringify(verdict)).not.toMatch(/[\u0000-\u001f]/);
    if (verdict.kind === 'refused') expect(verdict.blame[0]?.message).not.toMatch(/[\u0000-\u001f]/);
  });

  it('a section the host lets in is not bound to our directives, but to the rest', () => {
    const own = { ...settings, allowSections: ['resolvers'] };
    expect(gate(`${good}\nresolvers r\n  nameserver a 10.0.0.1:53\n`, own).kind).toBe('accepted');
    for (const line of [
      'lua-load /tmp/x',
      'nameserver a unix@/run/x',
      'backing-file /etc/passwd',
      'crt-base /',
      'load crt /etc/shadow',
      'default log /run/x',
    ]) {
      expect(gate(`${good}\nresolvers r\n  ${line}\n`, own).kind).toBe('refused');
    }
  });

  it('stops listing after twenty findings', () => {
    const verdict = gate(`${good}${'  external-check path x\n'.repeat(1000)}`, settings);
    expect(verdict.kind === 'refused' && verdict.blame.length).toBe(20);
  });

  it('judges a section once, and a changed one again', () => {
    const gateOfHost = createGate(settings);
    const first = gateOfHost(good);
    const known = first.kind === 'accepted' ? first.config : undefined;
    expect(gateOfHost(good, known)).toEqual(first);
    expect(gateOfHost(good.replace('check', 'check ca-file /etc/shadow'), known)).toMatchObject({
      kind: 'refused',
    });
    expect(gateOfHost(`${good}\nglobal\n  lua-load x\n`, known)).toMatchObject({ kind: 'refused' });
  });
});
