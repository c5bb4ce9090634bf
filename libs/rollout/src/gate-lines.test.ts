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

describe('gate, line by line', () => {
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
    // HAProxy takes `name(…)` for the option of that name.
    '  bind :443 ssl crt(x) /etc/shadow',
    '  bind :80 level(x) admin',
    '  bind :80 expose-fd(x) listeners',
    '  server x 10.0.0.1:80 ssl verify none crt(x) /etc/shadow',
    '  server x 10.0.0.1:80 namespace(x) ../../etc',
    '  server x 10.0.0.1:80 source(x) /run/x',
    '  default-server agent-addr(x) /run/x',
    // And an action for the one it begins with.
    '  http-request set-mapz(/etc/passwd) a b',
    '  http-request add-aclx(/etc/passwd) a',
    // A value is none of the options, and the other way round.
    '  bind :443 ssl name crt crt /etc/shadow',
    '  bind :443 ssl strict-sni crt /etc/shadow',
    '  server x 10.0.0.1:80 cookie check ssl crt /etc/shadow',
    '  bind :443 ssl crt',
    '  bind :80 some-later-file /etc/shadow',
    '  server x 10.0.0.1:80 some-later-option',
    '  bind :80 maxconn 99999999999',
    '  bind :80 mode 777',
    '  bind :80 uid 0',
    '  bind :443 ssl generate-certificates ca-sign-file /etc/haproxy/ssl/ca.pem',
    '  server x 10.0.0.1:80 log-bufsize 2000000000',
    '  server x 10.0.0.1:80 set-proxy-v2-tlv-fmt(0x20,x) a',
    // What runs code of the host's own, or shows its traffic.
    '  http-request lua.own',
    '  http-request use-service lua.own',
    '  tcp-request content lua.own',
    '  tcp-request connection lua.own',
    '  tcp-request lua.own',
    '  http-request some-later-action',
    '  http-request send-spoe-group a b',
    '  tcp-request session attach-srv x/y',
    '  filter trace',
    '  filter lua.own',
    '  filter opentracing id x config /etc/haproxy/data/ot.cfg',
    '  option some-later-option',
    '  no option external-check',
    // What the host's own files may decide by.
    '  http-request set-var(proc.maintenance) bool(true)',
    '  http-request set-var-fmt(proc.maintenance) x',
    '  http-request set-var(txn.x) str(a),set-var(proc.maintenance)',
    '  http-request unset-var(proc.maintenance)',
    // HAProxy ends by its own hand: stack, watchdog.
    '  unique-id-format %[unique-id]',
    '  unique-id-format %{+X}o%[unique-id,lower]',
    '  balance random(2147483647)',
    '  balance random(0)',
    '  bind :443 ssl crt-list /etc/haproxy/ssl/tickets.key',
    '  http-request sc-set-gpt0(-1) 5',
    '  http-request sc-inc-gpc(0,4294967295)',
    '  tcp-request content sc-set-gpt(0,-1) 5',
    '  stick-table type ip size 4000000000',
    '  stick-table type ip size 1g expire 1m',
    '  stick-table type string len 65535 size 1m',
    '  http-request set-var(txn.x) src,be2hex(-9223372036854775808,4294967295)',
    `  http-request set-header x "%[src,be2dec(')',4294967295)]"`,
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
    '  server x 10.0.0.1:443 cookie crt check ssl verify required ca-file /etc/haproxy/ssl/ca.pem sni str(a)',
    '  server x 10.0.0.1:80 check inter 2s fall 3 rise 2 weight 100 maxconn 200 slowstart 30s backup send-proxy-v2',
    '  server x 10.0.0.1:80 source 10.0.0.9:1024-2048 interface eth0 track other/s set-proxy-v2-tlv-fmt(0x20) %[src]',
    '  bind :443 ssl crt /etc/haproxy/ssl/a.pem ssl-min-ver TLSv1.2 ciphers ECDHE+AESGCM:!MD5 verify optional',
    '  bind :80 accept-proxy maxconn 2000 name web id 7 tfo interface eth0 nice -10 shards by-thread',
    '  balance random(2)',
    '  balance random',
    '  http-request set-header x %[src,be2hex(:,2),lower]%[src,be2hex]%[src,be2hex(,4,1)]%[src,be2hex(.)]',
    '  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid',
    '  http-request set-header x-id %[unique-id]',
    '  http-request set-var(txn.process) str(proc.x)',
    '  http-request track-sc0 src table other',
    '  http-request use-service prometheus-exporter if { path /metrics }',
    '  http-request sc-inc-gpc0(0) if TRUE',
    '  http-request sc-set-gpt(1,2) 5 if TRUE',
    '  bind :443 ssl crt-list /etc/haproxy/ssl/crt-list.txt',
    '  stick-table type string len 128 size 1m expire 30m store http_req_rate(10s)',
    '  stick-table type ipv6 size 1000000 expire 30m',
    '  tcp-request inspect-delay 5s',
    '  tcp-request content accept if { req.ssl_hello_type 1 }',
    '  tcp-request connection reject if { src 10.0.0.0/8 }',
    '  http-check send meth GET uri /healthz hdr host a.example.com',
    '  http-check expect status 200-399',
    '  tcp-check expect rstring ^220',
    '  option httpchk GET /healthz',
    '  option redispatch 1',
    '  filter compression',
    '  use_backend web if { var(txn.host) -m str lua.example.com proc.example.com }',
  ])('accepts %s', (line) => {
    expect(blameOf(line)).toEqual([]);
  });
});
