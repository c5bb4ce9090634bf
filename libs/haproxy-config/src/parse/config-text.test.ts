import { expect, it } from 'vitest';
import { CONFIG_HEADER, startsWithHeader } from '@kubefigurator/config-model';
import { parseConfigText, sourcesOfLine } from './config-text.ts';

const text = `${CONFIG_HEADER}

# service: shop/web port: http
# service: shop/api port: 8080
frontend a
  mode http
  # service: shop/web port: http certificate: /ssl/web.pem
  bind :443 ssl crt /ssl/web.pem
  # service: shop/api port: 8080
  use_backend api if x

# service: shop/api port: 8080
backend api
  server n 10.0.0.1:80
`;
const web = { namespace: 'shop', service: 'web', port: 'http' };
const api = { namespace: 'shop', service: 'api', port: '8080' };

it('reads sections with their names, lines and sources', () => {
  const config = parseConfigText(text);
  expect(config.preamble).toEqual([]);
  expect(
    config.sections.map(({ keyword, name, startLine, head, lines }) => [
      keyword,
      name,
      startLine + head.offset,
      lines.length,
    ]),
  ).toEqual([
    ['frontend', 'a', 5, 3],
    ['backend', 'api', 13, 1],
  ]);
  expect(config.sections.map((section) => section.raw).join('\n')).toBe(text);
  expect(config.sections[0]?.head.sources).toEqual([web, api]);
  expect(config.sections[0]?.lines.map((line) => line.sources)).toEqual([
    [web, api],
    [{ ...web, certificate: '/ssl/web.pem' }],
    [api],
  ]);
});

it.each([
  [1, []],
  [5, [web, api]],
  [6, [web, api]],
  [8, [{ ...web, certificate: '/ssl/web.pem' }]],
  [10, [api]],
  [14, [api]],
])('line %d belongs to its Services', (number, sources) => {
  expect(sourcesOfLine(parseConfigText(text), number)).toEqual(sources);
});

it('keeps lines before the first section apart', () => {
  expect(parseConfigText('bind :80\nfrontend a\n').preamble).toHaveLength(1);
});

it('a text has our header only if its whole first line is the header', () => {
  expect(startsWithHeader(CONFIG_HEADER)).toBe(true);
  expect(startsWithHeader(text)).toBe(true);
  expect(startsWithHeader('')).toBe(false);
  expect(startsWithHeader(`${CONFIG_HEADER}x`)).toBe(false);
});

it('takes sections that stand in the known text from there, with the line numbers they have now', () => {
  const before = parseConfigText(text);
  const after = parseConfigText(`# one more line\n${text.replace('10.0.0.1', '10.0.0.2')}`, before);
  expect(after).toEqual(parseConfigText(`# one more line\n${text.replace('10.0.0.1', '10.0.0.2')}`));
  const moved = parseConfigText(text.replace('10.0.0.1', '10.0.0.2'), before);
  expect(moved.sections[0]?.lines).toBe(before.sections[0]?.lines);
  expect(moved.sections[1]?.lines).not.toBe(before.sections[1]?.lines);
});

it('finds section heads behind quotes and escapes, as HAProxy does', () => {
  for (const head of [
    '"backend" x',
    "b'acken'd x",
    'back\\x65nd x',
    '\tbackend x',
    'backend# x',
    'backend',
  ]) {
    expect(parseConfigText(`frontend a\n${head}\n`).sections.map((section) => section.keyword)).toEqual([
      'frontend',
      'backend',
    ]);
  }
  expect(parseConfigText('frontend a\n  backends x\n  x backend\n').sections).toHaveLength(1);
});
