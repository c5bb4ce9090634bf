import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../parse/config-text.ts';
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
const parsed = (text: string): ParsedText => ({ text, config: parseConfigText(text) });
const running = parseConfigText(textOf(names));
const all = { running, whole: running };
const blameFor = (...services: string[]): Parameters<typeof isolate>[1] =>
  services.map((name) => ({ sources: [source(name)], message: 'wrong' }));

describe('isolate', () => {
  it('leaves the blamed ones out', () => {
    const result = isolate(parsed(textOf(names)), blameFor('b'), all);
    expect(result.kind === 'reduced' && result.text.match(/frontend \S+/g)).toEqual([
      'frontend f-a',
      'frontend f-c',
      'frontend f-d',
    ]);
  });

  it('leaves out the frontend of a bind that is not available', () => {
    const result = isolate(
      parsed(textOf(names)),
      [{ sources: [source('a')], bind: { section: 'frontend f-a', word: '*:9000' }, message: 'taken' }],
      all,
    );
    expect(result.kind === 'reduced' && result.text).not.toContain('f-a');
  });

  it.each([
    ['unclear', 'nobody is named', [{ sources: [], message: 'x' }]],
    [
      'unclear',
      'several share the line',
      [{ sources: [source('a'), source('b')], shared: true as const, message: 'x' }],
    ],
    ['unclear', 'the named one is not in the text', blameFor('z')],
    ['impossible', 'nothing would be left', blameFor(...names)],
    ['impossible', 'most of what is served now would be lost', blameFor('a', 'b', 'c')],
  ])('is %s if %s', (kind, _why, blame) => {
    expect(isolate(parsed(textOf(names)), blame, all).kind).toBe(kind);
  });

  it('follows the clear refusals if others name no Service or a whole section', () => {
    const vague = [
      { sources: [], message: 'x' },
      { sources: [source('c'), source('d')], shared: true as const, message: 'y' },
    ];
    const result = isolate(parsed(textOf(names)), [...vague, ...blameFor('b')], all);
    expect(result.kind === 'reduced' && result.text.match(/frontend \S+/g)).toEqual([
      'frontend f-a',
      'frontend f-c',
      'frontend f-d',
    ]);
  });

  it('continues if a file of a folder is refused that no Service asked for', () => {
    const blame = [{ sources: [], file: { folder: '/ssl', name: 'README' }, message: 'no certificate' }];
    expect(isolate(parsed(textOf(names)), blame, all)).toMatchObject({
      kind: 'reduced',
      text: textOf(names),
    });
  });

  it('leaves out no Service that asked for the folder of a refused file', () => {
    const [{ sources = [] } = {}] = blameFor('b');
    const blame = [
      {
        ...{ sources, shared: true as const, message: 'no certificate' },
        file: { folder: '/ssl', name: 'README' },
      },
    ];
    expect(isolate(parsed(textOf(names)), blame, all)).toMatchObject({
      kind: 'reduced',
      text: textOf(names),
    });
  });

  it('counts addresses if no comment names a Service', () => {
    const plain = names.map((name, index) => `listen ${name}\n  bind :${9000 + index}\n`).join('');
    const plainly = { running: parseConfigText(plain), whole: parseConfigText(plain) };
    const binds = (count: number): Parameters<typeof isolate>[1] =>
      names.slice(0, count).map((name, index) => ({
        sources: [],
        bind: { section: `listen ${name}`, word: `:${9000 + index}` },
        message: 'x',
      }));
    expect(isolate(parsed(plain), binds(2), plainly).kind).toBe('reduced');
    expect(isolate(parsed(plain), binds(3), plainly).kind).toBe('impossible');
  });

  it('may leave out any number of ports that are not served now', () => {
    expect(
      isolate(parsed(textOf(names)), blameFor('b', 'c', 'd'), {
        ...all,
        running: parseConfigText(textOf(['a'])),
      }).kind,
    ).toBe('reduced');
    expect(isolate(parsed(textOf(names)), blameFor('b', 'c', 'd'), { ...all, running: undefined }).kind).toBe(
      'reduced',
    );
  });

  it('counts also what earlier reductions have left out', () => {
    const first = isolate(parsed(textOf(names)), blameFor('a', 'b'), all);
    const text = first.kind === 'reduced' ? first.text : '';
    expect(isolate(parsed(text), blameFor('c'), all)).toEqual({
      kind: 'impossible',
      reason:
        '3 of 4 ports served now, of 3 of 4 Services, would be lost, which looks like trouble of this host',
    });
  });
});
