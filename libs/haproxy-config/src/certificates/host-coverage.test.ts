import { describe, expect, it } from 'vitest';
import type { HostCoverage, NamesOfFile } from './host-coverage.ts';
import { coversHost, judgeHostCoverage } from './host-coverage.ts';

describe('coversHost', () => {
  it.each([
    ['the very name', 'a.example.com', 'a.example.com', true],
    ['another name', 'b.example.com', 'a.example.com', false],
    ['a wildcard of one label', '*.example.com', 'a.example.com', true],
    ['a wildcard for two labels', '*.example.com', 'a.b.example.com', false],
    ['a wildcard for none', '*.example.com', 'example.com', false],
    ['a part of a label', 'a*.example.com', 'ab.example.com', false],
    ['a wildcard for the same wildcard', '*.example.com', '*.example.com', true],
    ['a wildcard for one below', '*.example.com', '*.b.example.com', false],
    ['a name for a wildcard', 'a.example.com', '*.example.com', false],
    ['a wildcard of everything', '*', 'example', false],
  ])('%s', (_what, name, host, isCovered) => {
    expect(coversHost(new Set([name]), host)).toBe(isCovered);
  });
});

describe('judgeHostCoverage', () => {
  const source = (service: string): NamesOfFile['sources'][number] => ({
    ...{ namespace: 'shop', service, port: 'web' },
  });
  /** A file `x` of the Service `x`; names are words, `before` is absent for a file that hasn't changed. */
  const file = (name: string, now?: string, before?: string): NamesOfFile => ({
    file: name,
    sources: [source(name)],
    now: now === undefined ? undefined : new Set(now.split(' ')),
    before: before === undefined ? undefined : new Set(before.split(' ')),
  });
  const judge = (hosts: string, ...files: readonly NamesOfFile[]): HostCoverage =>
    judgeHostCoverage(
      [
        {
          paths: files.map(({ file: name }) => `/copies/${name}`),
          hosts: new Map(hosts.split(' ').map((host) => [host, [source(host.split('.')[0] ?? '')]])),
        },
      ],
      files,
      (path) => path.replace('/copies/', ''),
    );
  const lost = (hosts: string, ...files: readonly NamesOfFile[]): unknown =>
    Object.fromEntries(judge(hosts, ...files).lost);
  const unnamed = (hosts: string, ...files: readonly NamesOfFile[]): unknown =>
    Object.fromEntries(judge(hosts, ...files).unnamed);

  it('a host is lost if only the certificate before names it', () => {
    expect(lost('a.x b.x', file('a', 'a.x', 'a.x b.x'))).toEqual({ a: ['b.x'] });
    expect(lost('a.x', file('a', 'b.x', '*.x'))).toEqual({ a: ['a.x'] });
  });

  it.each([
    ['it is named again', 'a.x', file('a', '*.x', 'a.x')],
    ['nobody asks for it', 'a.x', file('a', 'a.x', 'a.x b.x')],
    ['it was never named', 'c.x', file('a', 'a.x', 'b.x')],
    ['the file has not changed', 'c.x', file('a', 'a.x')],
    ['the file has no certificate', 'a.x', file('a', undefined, 'a.x')],
  ])('no host is lost if %s', (_what, hosts, only) => {
    expect(lost(hosts, only)).toEqual({});
  });

  it('no host is lost that another certificate of the bind names, unless that is lost as well', () => {
    expect(lost('a.x', file('a', 'b.x', 'a.x'), file('b', 'a.x'))).toEqual({});
    expect(lost('a.x b.x', file('a', 'b.x', 'a.x'), file('b', 'a.x', 'b.x'))).toEqual({});
    expect(lost('a.x b.x', file('a', 'c.x', 'a.x'), file('b', 'a.x', 'b.x'))).toEqual({
      a: ['a.x'],
      b: ['b.x'],
    });
  });

  it('a host that no certificate of its bind names belongs to the file of its Service', () => {
    expect(unnamed('a.x b.y', file('c', 'a.x'), file('b', 'b.x'))).toEqual({ b: ['b.y'] });
    expect(unnamed('d.y', file('c', 'a.x'), file('b', 'b.x'))).toEqual({ c: ['d.y'] });
    expect(unnamed('a.x', file('a', 'b.x', 'a.x'))).toEqual({});
    expect(unnamed('b.y', file('b', 'b.x'), file('c'))).toEqual({});
    expect(unnamed('b.y', file('b', 'b.x'), file('c', undefined, 'c.x'))).toEqual({ b: ['b.y'] });
  });
});
