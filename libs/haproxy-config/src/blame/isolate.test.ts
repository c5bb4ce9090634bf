import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { isolate } from './isolate.ts';

const names = ['a', 'b', 'c', 'd'];
const source = (service: string): { namespace: string; service: string; port: string } => ({
  namespace: 'n',
  service,
  port: 'p',
});
const textOf = (services: readonly string[]): string =>
  services
    .map(
      (name, index) =>
        `# service: n/${name} port: p\nfrontend f-${name}\n  mode tcp\n  bind *:${9000 + index}\n`,
    )
    .join('\n');
const running = parseConfigText(textOf(names));
const blameFor = (...services: string[]): Parameters<typeof isolate>[1] =>
  services.map((name) => ({ sources: [source(name)], message: 'wrong' }));

describe('isolate', () => {
  it('leaves the blamed ones out', () => {
    const result = isolate(textOf(names), blameFor('b'), running);
    expect(result.kind === 'reduced' && result.text.match(/frontend \S+/g)).toEqual([
      'frontend f-a',
      'frontend f-c',
      'frontend f-d',
    ]);
  });

  it('leaves the frontend of a bind out that can not be had', () => {
    const result = isolate(
      textOf(names),
      [{ sources: [source('a')], bind: { section: 'frontend f-a', word: '*:9000' }, message: 'taken' }],
      running,
    );
    expect(result.kind === 'reduced' && result.text).not.toContain('f-a');
  });

  it.each([
    ['nobody is named', [{ sources: [], message: 'x' }]],
    [
      'several share the line',
      [{ sources: [source('a'), source('b')], shared: true as const, message: 'x' }],
    ],
    ['the named one is not in the text', blameFor('z')],
    ['nothing would be left', blameFor(...names)],
    ['most of what is served now would be lost', blameFor('a', 'b', 'c')],
  ])('gives up where %s', (_why, blame) => {
    expect(isolate(textOf(names), blame, running).kind).toBe('impossible');
  });

  it('follows the clear refusals if others name no Service or a whole section', () => {
    const vague = [
      { sources: [], message: 'x' },
      { sources: [source('c'), source('d')], shared: true as const, message: 'y' },
    ];
    const result = isolate(textOf(names), [...vague, ...blameFor('b')], running);
    expect(result.kind === 'reduced' && result.text.match(/frontend \S+/g)).toEqual([
      'frontend f-a',
      'frontend f-c',
      'frontend f-d',
    ]);
  });

  it('continues if a file of a folder is refused that no Service asked for', () => {
    const blame = [{ sources: [], file: { folder: '/ssl', name: 'README' }, message: 'no certificate' }];
    expect(isolate(textOf(names), blame, running)).toEqual({ kind: 'reduced', text: textOf(names) });
  });

  it('counts addresses if no comment names a Service', () => {
    const plain = names.map((name, index) => `listen ${name}\n  bind :${9000 + index}\n`).join('');
    const binds = (count: number): Parameters<typeof isolate>[1] =>
      names.slice(0, count).map((name, index) => ({
        sources: [],
        bind: { section: `listen ${name}`, word: `:${9000 + index}` },
        message: 'x',
      }));
    expect(isolate(plain, binds(2), parseConfigText(plain)).kind).toBe('reduced');
    expect(isolate(plain, binds(3), parseConfigText(plain)).kind).toBe('impossible');
  });

  it('may leave out any number of ports that were never served', () => {
    expect(isolate(textOf(names), blameFor('b', 'c', 'd'), parseConfigText(textOf(['a']))).kind).toBe(
      'reduced',
    );
    expect(isolate(textOf(names), blameFor('b', 'c', 'd'), undefined).kind).toBe('reduced');
  });
});
