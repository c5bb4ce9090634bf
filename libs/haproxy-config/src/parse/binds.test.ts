import { describe, expect, it } from 'vitest';
import { parseConfigText } from './config-text.ts';
import { bindPoints, formatBind, newBindPoints, doBindPointsOverlap } from './binds.ts';

function pointsOf(bind: string): unknown {
  return bindPoints(parseConfigText(`frontend a\n  bind ${bind}\n`)).map(
    ({ host, port, v6only, transparent }) => {
      return `${formatBind({ host, port })}${v6only ? ' v6only' : ''}${transparent ? ' transparent' : ''}`;
    },
  );
}

describe('bindPoints', () => {
  it.each([
    ['*:443 ssl crt x', ['*:443']],
    [':80', ['*:80']],
    ['10.0.0.1:80 transparent', ['10.0.0.1:80 transparent']],
    ['[2001:db8::1]:443', ['[2001:db8::1]:443']],
    ['2001:db8::1:443', ['[2001:db8::1]:443']],
    [':::443 v6only', ['[::]:443 v6only']],
    ['[::]:443 v4v6', ['[::]:443']],
    ['[::]:443', ['[::]:443']],
    ['ipv6@*:443', ['[::]:443']],
    ['[0:0:0:0:0:0:0:1]:443', ['[::1]:443']],
    ['*:443 v4v6', ['*:443']],
    ['ipv4@:443 v4v6', ['*:443']],
    ['ipv4@*:443 v4v6', ['*:443']],
    ['tcp4@:443 v4v6', ['*:443']],
    ['tcp@:443 v4v6', ['*:443']],
    ['quic4@:443', []],
    ['udp@10.0.0.1:53', []],
    ['localhost:80', []],
    [`${'1'.repeat(80_000)}x`, []],
    ['*:80-8x', []],
    ['10.0.0.1:80,10.0.0.2:80', ['10.0.0.1:80', '10.0.0.2:80']],
    ['*:80-82', ['*:80', '*:81', '*:82']],
    ['/run/x.sock', []],
  ])('%s', (bind, points) => expect(pointsOf(bind)).toEqual(points));

  it('carries the Services of the section and the line', () => {
    const config = parseConfigText('# service: a/b port: c\nfrontend x\n  bind :80\nbackend y\n');
    expect(bindPoints(config)[0]?.sources).toEqual([{ namespace: 'a', service: 'b', port: 'c' }]);
  });
});

it('stops at a limit, so that a short text can not ask for millions', () => {
  const config = parseConfigText(`listen a\n${'  bind :1-65535\n'.repeat(100)}`);
  expect(bindPoints(config, 10_001)).toHaveLength(10_001);
});

it('newBindPoints are those the running text lacks, each once', () => {
  const running = parseConfigText('listen a\n bind :80\n');
  const candidate = parseConfigText(
    'listen a\n bind :80\n bind :81\nlisten b\n bind *:81\n bind 10.0.0.1:80\n',
  );
  expect(newBindPoints(running, candidate).map(formatBind)).toEqual(['*:81', '10.0.0.1:80']);
  expect(newBindPoints(undefined, running).map(formatBind)).toEqual(['*:80']);
});

it.each([
  ['0.0.0.0', '10.0.0.1', true],
  ['10.0.0.1', '0.0.0.0', true],
  ['10.0.0.1', '10.0.0.2', false],
  ['::', '2001:db8::1', true],
  ['::', '10.0.0.1', true],
  ['0.0.0.0', '2001:db8::1', false],
])('overlaps(%s, %s) is %s', (a, b, expected) => {
  expect(doBindPointsOverlap({ host: a, port: 80 }, { host: b, port: 80 })).toBe(expected);
  expect(doBindPointsOverlap({ host: a, port: 80 }, { host: b, port: 81 })).toBe(false);
});

it('a v6only wildcard leaves IPv4 alone', () => {
  expect(doBindPointsOverlap({ host: '::', port: 80, v6only: true }, { host: '0.0.0.0', port: 80 })).toBe(
    false,
  );
});
