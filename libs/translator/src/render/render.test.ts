import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_HEADER, parseSourceComment } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { describe, expect, it } from 'vitest';
import type { ProxyModel } from '../model/proxy-model.ts';
import { escapeWords } from './escape.ts';
import { render } from './render.ts';

const TEMPLATES = join(import.meta.dirname, 'templates');
const source = { namespace: 'shop', service: 'web', port: 'http' };
const model: ProxyModel = {
  reservations: [],
  frontends: [
    {
      ...{ name: 'front', mode: 'http', sources: [source] },
      bind: {
        ...{ address: '*', port: 443 },
        tls: {
          certificates: ['/etc/haproxy/ssl/a.pem'],
          alpn: ['h2', 'http/1.1'],
          certificateSources: [{ source, certificate: '/etc/haproxy/ssl/a.pem' }],
        },
      },
      routes: [{ source, backend: 'back', match: 'exact', hosts: ['a.example.com'] }],
    },
  ],
  backends: [
    {
      ...{ name: 'back', mode: 'http', source, directives: [{ words: ['balance', 'roundrobin'] }] },
      servers: [{ name: 'worker-a', address: 'fd00::1', port: 30_080 }],
    },
  ],
};

describe('templates', () => {
  it.each(readdirSync(TEMPLATES))('%s writes values through the escape only', (file) => {
    const template = readFileSync(join(TEMPLATES, file), 'utf8');
    expect(template).not.toContain('<%-');
    const statements = [...template.matchAll(/<%_? (?![=])(.*?) _?%>/g)].map(([, code]) => code ?? '');
    expect(
      statements.filter((code) => !/^(?:if \([\w.]+\) \{|for \(const .* of [\w.]+\) \{|\}| )+$/.test(code)),
    ).toEqual([]);
  });
});

describe('render', () => {
  it('of nothing is the header line', () => {
    expect(render({ frontends: [], backends: [], reservations: [] })).toBe(`${CONFIG_HEADER}\n`);
  });

  it('writes what is reserved as comments below the header', () => {
    const reservation = { source, address: '*', port: 443, mode: 'http', tls: true } as const;
    const text = render({
      ...model,
      reservations: [
        { ...reservation, hosts: ['*'] },
        { ...reservation, hosts: ['a.test', 'b.test'] },
        { ...reservation, hosts: [] },
      ],
    });
    expect(text.split('\n').slice(0, 7)).toEqual([
      CONFIG_HEADER,
      '',
      '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: *',
      '# reserved: shop/web port: http bind: *:443 mode: http tls: on host: a.test,b.test',
      '# reserved: shop/web port: http bind: *:443 mode: http tls: on',
      '',
      '# service: shop/web port: http',
    ]);
  });

  it('separates sections by one blank line and ends in one newline', () => {
    const text = render(model);
    expect(text).toMatch(/^#[^\n]*\n\n#.*\nfrontend front\n[^]*[^\n]\n\n#.*\nbackend back\n[^]*[^\n]\n$/);
    expect(text).not.toContain('\n\n\n');
    expect(text).not.toMatch(/[ \t]$/m);
  });

  it('precedes every section, rule and certificate with its source', () => {
    const lines = render(model).split('\n');
    const before = (start: string): unknown =>
      parseSourceComment(lines[lines.findIndex((line) => line.trimStart().startsWith(start)) - 1] ?? '');
    expect(before('frontend')).toEqual(source);
    expect(before('backend')).toEqual(source);
    expect(before('use_backend')).toEqual(source);
    expect(before('bind')).toEqual({ ...source, certificate: '/etc/haproxy/ssl/a.pem' });
  });

  it('is read back as the sections it was made of', () => {
    const sections = parseConfigText(render(model)).sections;
    expect(sections.map(({ keyword, name }) => `${keyword} ${name}`)).toEqual([
      'frontend front',
      'backend back',
    ]);
  });

  it('throws rather than write a value that is no plain word', () => {
    const [backend] = model.backends;
    if (backend === undefined) throw new Error('the model above has a backend');
    const broken = {
      ...model,
      backends: [{ ...backend, directives: [{ words: ['roundrobin\n  server evil 6.6.6.6:80'] }] }],
    };
    expect(() => render(broken)).toThrow('not a plain HAProxy word');
  });
});

describe('escapeWords', () => {
  it.each([
    ['a.example.com', 'a.example.com'],
    [443, '443'],
    [['uri', 'len', 20], 'uri len 20'],
    ['[::1]:443', '[::1]:443'],
  ])('lets %j through', (words, text) => expect(escapeWords(words)).toBe(text));

  it.each([
    ...[
      '',
      ' ',
      'a b',
      'a\n',
      '\n',
      'a\u2028b',
      'a#',
      'a\\',
      '"a"',
      "'a'",
      '${a}',
      '%[src]',
      'a\0',
      'é',
      '{',
      '<',
    ],
    ...[undefined, null, true, {}, 1.5, Number.NaN, ['a', 'b c'], [undefined], [['a']]],
  ])('throws on %j', (words) => expect(() => escapeWords(words)).toThrow('not a plain HAProxy word'));
});
