import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planApply } from '../diff/plan.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { splitWords } from '../parse/words.ts';
import type { CertificateFolder, ListSources } from './certificate-lists.ts';
import { certificatesAskedInFolder, replaceFoldersByLists } from './certificate-lists.ts';
import { lower, NO_NEEDS } from './lower.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const listName = (...paths: readonly string[]): string =>
  `${hash(paths.map((path) => `${path}\n`).join(''))}.crt-list`;
const list = (...paths: readonly string[]): string => `crt-list /ours/${listName(...paths)}`;
const COPY = `/ours/copies/${'a'.repeat(64)}.pem`;

const FOLDER: CertificateFolder = {
  certificates: ['a.pem', 'left over.pem', 'notes.txt'],
  folders: new Set(['team']),
};
const sourcesOf = (more: Partial<ListSources> = {}): ListSources => ({
  lists: { place: '/ours', folders: new Map([['/ssl', FOLDER]]), hash },
  copies: new Map(),
  refused: [],
  ...more,
});
const commentsOf = (...files: readonly string[]): string =>
  files.map((file, index) => `  # service: n/s${index} port: p certificate: ${file}\n`).join('');
const textOf = (bind: string, ...asked: readonly string[]): string =>
  `frontend f\n${commentsOf(...asked)}  bind :443 ssl ${bind}\n  default_backend b\n`;
const parse = (text: string): ParsedText => ({ text, config: parseConfigText(text) });
const bindOf = (bind: string, asked: readonly string[], more?: Partial<ListSources>): string => {
  const { text } = replaceFoldersByLists(parse(textOf(bind, ...asked)), sourcesOf(more));
  return /bind :443 ssl (.*)/.exec(text)?.[1] ?? '';
};

describe('lists instead of folders of certificates', () => {
  it.each([
    ['name what Services asked for, sorted', 'crt /ssl alpn h2', ['/ssl/b.pem', '/ssl/a.pem', '/ssl/b.pem']],
    [
      'replace a folder with slashes at its end, in quotes',
      'crt "/ssl//" alpn h2',
      ['/ssl/a.pem', '/ssl/b.pem'],
    ],
  ])('%s', (_what, bind, asked) => {
    expect(bindOf(bind, asked)).toBe(`${list('/ssl/a.pem', '/ssl/b.pem')} alpn h2`);
  });

  it('leave a default, single files, other folders’ certificates and other options where they are', () => {
    expect(
      bindOf('crt /ssl/x.pem crt /ssl ca-file /ssl crt /else/y.pem # crt /ssl', [
        '/ssl/a.pem',
        '/ssl/team/b.pem',
      ]),
    ).toBe(`crt /ssl/x.pem ${list('/ssl/a.pem')} ca-file /ssl crt /else/y.pem # crt /ssl`);
  });

  it('have all files of a folder if no Service asked for a file in it, or if one asked for the folder itself', () => {
    const all = `${list('/ssl/a.pem', '/ssl/notes.txt')} crt /ssl/left\\ over.pem`;
    expect(bindOf('crt /ssl', [])).toBe(all);
    expect(bindOf('crt /ssl', ['/else/a.pem'])).toBe(all);
    expect(bindOf('crt /ssl', ['/ssl', '/ssl/b.pem'])).toBe(all);
  });

  it('have what Services asked for also if the folder is gone, and a file is no folder', () => {
    expect(bindOf('crt /gone', ['/gone/a.pem'])).toBe(list('/gone/a.pem'));
    expect(bindOf('crt /ssl/a.pem', ['/ssl/a.pem', '/ssl/a.pem/x'])).toBe('crt /ssl/a.pem');
    expect(bindOf('crt /else', ['/ssl/a.pem'])).toBe('crt /else');
  });

  it('name no folder, with which HAProxy would never end', () => {
    expect(bindOf('crt /ssl', ['/ssl/a.pem', '/ssl/team'])).toBe(list('/ssl/a.pem'));
  });

  it('have the files of a folder in it for which a Service asks', () => {
    const team = { certificates: ['x.pem', 'y.pem'], folders: new Set<string>() };
    const folders = new Map([
      ['/ssl', FOLDER],
      ['/ssl/team', team],
    ]);
    const lists = { place: '/ours', hash, folders };
    expect(bindOf('crt /ssl', ['/ssl/b.pem', '/ssl/team'], { lists })).toBe(
      list('/ssl/b.pem', '/ssl/team/x.pem', '/ssl/team/y.pem'),
    );
  });

  it('have the order of the comments if the folders have a slash, as one list', () => {
    const asked = ['/ssl/z.pem', '/ssl/team/b.pem', '/ssl/a.pem'];
    expect(bindOf('crt /ssl/d.pem crt /ssl/ crt /ssl/team/ alpn h2', asked)).toBe(
      `crt /ssl/d.pem ${list(...asked)} alpn h2`,
    );
    const refused = [{ folder: '/ssl', name: 'd.pem' }];
    expect(bindOf('crt /ssl/d.pem crt /ssl/ crt /ssl/team/', asked, { refused })).toBe(list(...asked));
  });

  it('name the copy of a file that is not fit for use', () => {
    const copies = new Map([['/ssl/b.pem', COPY]]);
    expect(bindOf('crt /ssl', ['/ssl/a.pem', '/ssl/b.pem'], { copies })).toBe(list('/ssl/a.pem', COPY));
  });

  it('name the copies of files that are gone from a folder if no Service asked for a file in it', () => {
    const copies = new Map([
      ['/ssl/gone.pem', COPY],
      ['/ssl/team/b.pem', '/ours/other'],
    ]);
    const certificates = ['a.pem', 'z.pem'];
    const lists = { place: '/ours', hash, folders: new Map([['/ssl', { ...FOLDER, certificates }]]) };
    expect(bindOf('crt /ssl', [], { copies, lists })).toBe(list('/ssl/a.pem', COPY, '/ssl/z.pem'));
    expect(bindOf('crt /ssl', ['/ssl/a.pem'], { copies, lists })).toBe(list('/ssl/a.pem'));
  });

  it('leave out a refused file that nobody asked for, also from the line', () => {
    const refused = ['notes.txt', 'left over.pem', 'default.pem'].map((name) => ({ folder: '/ssl', name }));
    expect(bindOf('crt /ssl/default.pem crt /ssl alpn h2', [], { refused })).toBe(
      `${list('/ssl/a.pem')} alpn h2`,
    );
    expect(bindOf('crt /ssl', ['/ssl/notes.txt'], { refused })).toBe(list('/ssl/notes.txt'));
  });

  it('that are empty, on a bind without another certificate, get strict-sni, so that HAProxy can start', () => {
    const refused = FOLDER.certificates.map((name) => ({ folder: '/ssl', name }));
    expect(bindOf('crt /ssl alpn h2', [], { refused })).toBe(`${list()} strict-sni alpn h2`);
    expect(bindOf('crt /ssl/x.pem crt /ssl', [], { refused })).toBe(`crt /ssl/x.pem ${list()}`);
  });

  it('leave a path that no list can have to the line itself, and leave out one that no line can have', () => {
    const odd = ['/ssl/a[1].pem', '/ssl/b#.pem', "/ssl/c'\\.pem"];
    expect(bindOf('crt /ssl alpn h2', odd)).toBe(
      `${list('/ssl/b#.pem', "/ssl/c'\\.pem")} crt /ssl/a[1].pem alpn h2`,
    );
    const certificates = ['a\nb.pem', `c '"#\\.pem`];
    const lists = {
      place: '/ours',
      hash,
      folders: new Map([['/ssl', { certificates, folders: new Set<string>() }]]),
    };
    expect(splitWords(bindOf('crt /ssl', [], { lists })).words).toEqual([
      ...list().split(' '),
      'crt',
      `/ssl/c '"#\\.pem`,
    ]);
  });

  it('are files of the release, each once, and their lines are those of the binds', () => {
    const text = `${textOf('crt /ssl', '/ssl/a.pem')}\n${textOf('crt /ssl', '/ssl/a.pem').replace('frontend f', 'frontend g')}`;
    const facts = { ...sourcesOf(), needs: NO_NEEDS };
    const release = lower(parse(text), '7', facts);
    const name = listName('/ssl/a.pem');
    expect(release.files).toEqual([{ name, content: '/ssl/a.pem\n' }]);
    expect(release.portableLine({ file: name, line: 1 })).toBe(3);
    expect(release.portableLine({ file: undefined, line: 3 })).toBe(3);
    expect(release.text.split('\n')).toHaveLength(text.split('\n').length);
    expect(lower(parse(release.text), '7', facts)).toMatchObject({ text: release.text, files: [] });
  });

  it('that differ in copies only need no reload, any other difference does', () => {
    const release = (asked: readonly string[], more?: Partial<ListSources>): ParsedText => {
      const { text, files } = replaceFoldersByLists(parse(textOf('crt /ssl', ...asked)), sourcesOf(more));
      // The comments are left out, since they differ in any case.
      return { ...parse(text.replace(/^ *#.*\n/gm, '')), files };
    };
    const options = { runtime: true, copies: new Map([[COPY, '/ssl/a.pem']]) };
    const own = release(['/ssl/a.pem', '/ssl/b.pem']);
    const copied = release(['/ssl/a.pem', '/ssl/b.pem'], { copies: new Map([['/ssl/a.pem', COPY]]) });
    expect(planApply(own, copied, options).kind).toBe('rewrite');
    expect(planApply(copied, own, options).kind).toBe('rewrite');
    expect(planApply(own, copied, { runtime: true }).kind).toBe('reload');
    expect(planApply(own, release(['/ssl/a.pem']), options).kind).toBe('reload');
    expect(planApply({ ...own, files: undefined }, copied, options).kind).toBe('reload');
    expect(planApply(own, parse(textOf('crt /ssl')), options).kind).toBe('reload');
  });

  it('every other word of a bind line is what it was (property)', () => {
    const word = fc.constantFrom(
      'crt',
      '/ssl',
      "'/ssl/'",
      '/ss\\l',
      '/ssl/a.pem',
      '"h2 x"',
      'crt\\ x',
      'alpn',
    );
    const property = fc.property(fc.array(word, { maxLength: 12 }), (words) => {
      const before = splitWords(textOf(words.join(' '))).words;
      const { text } = replaceFoldersByLists(parse(textOf(words.join(' '), '/ssl/a.pem')), sourcesOf());
      const line = text.split('\n').find((each) => each.includes('bind')) ?? '';
      const own = splitWords(textOf(words.join(' ')).split('\n')[1] ?? '').words;
      const expected = own.flatMap((each, index) => {
        const isCrt = (at: number): boolean =>
          at > 2 && own[at - 1] === 'crt' && /^\/ssl\/?$/.test(own[at] ?? '');
        if (isCrt(index)) return list('/ssl/a.pem').split(' ');
        return isCrt(index + 1) ? [] : [each];
      });
      expect(splitWords(line).words).toEqual(expected);
      expect(before.length).toBeGreaterThan(0);
    });
    fc.assert(property, { seed: 20261127, numRuns: 500 });
  });
});

it('certificatesAskedInFolder gives what was asked for in the folder itself, and nothing from folders in it', () => {
  const sources = [
    '/ssl/b.pem',
    '/ssl/team/a.pem',
    '/ssl',
    '/sslx/c.pem',
    '/ssl/',
    '/ssl/a.pem',
    undefined,
  ].map((certificate) => ({
    namespace: 'n',
    service: 's',
    port: 'p',
    ...(certificate !== undefined && { certificate }),
  }));
  expect(certificatesAskedInFolder('/ssl', sources)).toEqual(['/ssl/a.pem', '/ssl/b.pem']);
  expect(
    certificatesAskedInFolder('/', [{ namespace: 'n', service: 's', port: 'p', certificate: '/a.pem' }]),
  ).toEqual(['/a.pem']);
});
