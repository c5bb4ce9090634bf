import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { namedCertificates, servicesOfCertificate } from './named-certificates.ts';

const SHOP = { namespace: 'default', service: 'shop', port: 'web' };
const CART = { namespace: 'default', service: 'cart', port: 'web' };
const pathsOf = (text: string): string[] =>
  namedCertificates({ config: parseConfigText(text) }).map(({ path }) => path);

describe('the certificates of a text', () => {
  it.each([
    ['a file', '  bind :443 ssl crt /ssl/a.pem', ['/ssl/a.pem']],
    [
      'several on one bind',
      '  bind :443 ssl crt /ssl/a.pem alpn h2 crt /ssl/b.pem',
      ['/ssl/a.pem', '/ssl/b.pem'],
    ],
    ['a folder, whose trailing slashes HAProxy drops', '  bind :443 ssl crt /ssl//', ['/ssl']],
    ['a default', '  bind :443 ssl default-crt /ssl/a.pem crt /ssl/b.pem', ['/ssl/a.pem', '/ssl/b.pem']],
    ['quoted', '  bind :443 ssl crt "/ssl/a b.pem"', ['/ssl/a b.pem']],
    ['a client certificate of a server', '  server s 10.0.0.1:80 ssl crt /ssl/c.pem', ['/ssl/c.pem']],
    ['that of all servers', '  default-server ssl crt /ssl/d.pem', ['/ssl/d.pem']],
    ['the only option of all servers', '  default-server crt /ssl/d.pem', ['/ssl/d.pem']],
    ['none: another option', '  bind :443 ssl ca-file /ssl/a.pem', []],
    ['none: a comment', '  # bind :443 ssl crt /ssl/a.pem', []],
    ['none: another line', '  acl crt path /crt /x', []],
  ])('%s', (_what, line, paths) => {
    expect(pathsOf(`frontend f\n${line}\n`)).toEqual(paths);
  });

  it('each once, with the Services of all binds', () => {
    const text = [
      'frontend a',
      '  # service: default/shop port: web certificate: /ssl/a.pem',
      '  bind :443 ssl crt /ssl/a.pem',
      'frontend b',
      '  # service: default/cart port: web',
      '  bind :444 ssl crt /ssl/a.pem',
      '',
    ].join('\n');
    const [named, ...rest] = namedCertificates({ config: parseConfigText(text) });
    expect(rest).toEqual([]);
    expect(named?.sources).toEqual([{ ...SHOP, certificate: '/ssl/a.pem' }, CART]);
  });

  it('those in a list of the release, each for the Services of its bind; no other list is read', () => {
    const name = `${'a'.repeat(64)}.crt-list`;
    const text = `frontend a\n  # service: default/shop port: web certificate: /ssl/a.pem\n  bind :443 ssl crt-list /ours/${name} crt-list /ssl/list\n`;
    const named = (files: ParsedText['files']): unknown =>
      namedCertificates({ config: parseConfigText(text), files });
    const sources = [{ ...SHOP, certificate: '/ssl/a.pem' }];
    expect(named([{ name, content: '/ssl/a.pem\n/ssl/b.pem\n' }])).toEqual([
      { path: '/ssl/a.pem', sources },
      { path: '/ssl/b.pem', sources },
    ]);
    expect(named(undefined)).toEqual([]);
  });

  it('are for the Services that asked for them, and a default is for those that asked for none', () => {
    const sources = [{ ...SHOP, certificate: '/ssl/a.pem' }, CART];
    expect(servicesOfCertificate('/ssl/a.pem', sources)).toEqual([SHOP]);
    expect(servicesOfCertificate('/ssl/default.pem', sources)).toEqual([CART]);
  });

  it('are for the Services that asked for their folder, and not for those of another folder', () => {
    const sources = [
      { ...SHOP, certificate: '/ssl/many' },
      { ...CART, certificate: '/ssl' },
    ];
    expect(servicesOfCertificate('/ssl/many/a.pem', sources)).toEqual([SHOP]);
    expect(servicesOfCertificate('/ssl/many/deep/a.pem', sources)).toEqual([]);
    const both = [...sources, { ...CART, certificate: '/ssl/many/a.pem' }];
    expect(servicesOfCertificate('/ssl/many/a.pem', both)).toEqual([SHOP, CART]);
  });
});
