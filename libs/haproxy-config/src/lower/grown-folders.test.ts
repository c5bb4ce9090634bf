import { describe, expect, it } from 'vitest';
import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import type { ReleaseFile } from '../parse/release-file.ts';
import type { CertificateFolder, ListFacts } from './certificate-lists.ts';
import { replaceFoldersByLists } from './certificate-lists.ts';
import { crowdedFolders } from './crowded-folders.ts';
import type { HeldFolders } from './grown-folders.ts';
import { holdGrownFolders } from './grown-folders.ts';

type Folders = ReadonlyMap<string, CertificateFolder>;
/** Service, folder or file, and the ports that it listens on. */
type Asked = readonly [string, string, ...number[]];

const folderOf = (...names: readonly (number | string)[]): CertificateFolder => ({
  certificates: names.map((name) => `${name}.pem`),
  folders: new Set(),
});
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A text as the producer writes it. */
function textOf(asked: readonly Asked[]): string {
  const ports = [...new Set(asked.flatMap(([, , ...own]) => own))];
  const frontends = ports.map((port) => {
    const own = asked.filter(([, , ...each]) => each.includes(port));
    const comments = own.map(([service, path]) => `  # service: ${service} port: web certificate: ${path}\n`);
    const words = [...new Set(own.map(([, path]) => `crt ${path}`))].join(' ');
    return `frontend f${port}\n  mode http\n${comments.join('')}  bind *:${port} ssl ${words} alpn h2\n`;
  });
  return frontends.join('\n');
}

const listsOf = (folders: Folders): ListFacts => ({
  ...{ place: '/ours', folders, hash: (text) => text.replace(/\W/g, '_') },
});

/** What HAProxy runs of this text, with the lists that the folders gave; some files are served from copies. */
function runningOf(
  asked: readonly Asked[],
  folders: Folders,
  copies = new Map<string, string>(),
): Pick<ParsedText, 'config'> & { readonly files: readonly ReleaseFile[] } {
  const text = textOf(asked);
  const facts = { lists: listsOf(folders), copies, refused: [] };
  const listed = replaceFoldersByLists({ text, config: parseConfigText(text) }, facts);
  return { ...listed, config: parseConfigText(listed.text) };
}

const BEFORE: Folders = new Map([
  ['/ssl/many', folderOf(...range(3))],
  ['/ssl/other', folderOf('a', 'b')],
]);
const fold: Asked = ['team/fold', '/ssl/many', 1000, 1001];
const other: Asked = ['other/b', '/ssl/other', 2000];
const copies = new Map<string, string>();

function hold(now: Folders, most: number, asked: readonly Asked[] = [fold, other]): HeldFolders {
  const candidate = parseConfigText(textOf(asked));
  return holdGrownFolders(candidate, {
    running: runningOf([fold, other], BEFORE),
    folders: now,
    copies,
    most,
  });
}
const held = (now: Folders, most: number, asked?: readonly Asked[]): string[] =>
  hold(now, most, asked).grown.map(({ folder }) => folder);

const GROWN: Folders = new Map([
  ['/ssl/many', folderOf(...range(9))],
  ['/ssl/other', folderOf('a', 'b', 'c')],
]);

describe('folders that run and have grown', () => {
  it('stay as they run if all binds would have too many certificates, as few of them as possible', () => {
    expect(held(GROWN, 21)).toEqual([]);
    expect(held(GROWN, 20)).toEqual(['/ssl/many']);
    expect(held(GROWN, 9)).toEqual(['/ssl/many']);
    expect(held(GROWN, 8)).toEqual(['/ssl/many', '/ssl/other']);
    expect(held(GROWN, 0)).toEqual(['/ssl/many', '/ssl/other']);
  });

  it('give the very list that runs, so that nothing is loaded again and every other change goes live', () => {
    const running = runningOf([fold, other], BEFORE);
    const { folders } = hold(GROWN, 8);
    const more: Asked = ['new/c', '/ssl/c.pem', 3000];
    expect(runningOf([fold, other, more], folders).files).toEqual(running.files);
    const candidate = parseConfigText(textOf([fold, other, more]));
    expect(crowdedFolders(candidate, { running: [running.config], folders, most: 9 })).toEqual([]);
  });

  it('give what is still there of it, also of what is served from a copy', () => {
    const names = new Map([['/ssl/many/1.pem', '/ours/copies/x.pem']]);
    const running = runningOf([fold], BEFORE, names);
    const now: Folders = new Map([['/ssl/many', folderOf(...range(9).slice(1))]]);
    const byCopy = new Map([...names].map(([file, copy]) => [copy, file]));
    const facts = { running, folders: now, copies: byCopy, most: 10 };
    const { folders, grown } = holdGrownFolders(parseConfigText(textOf([fold])), facts);
    expect(folders.get('/ssl/many')?.certificates).toEqual(['1.pem', '2.pem']);
    expect(grown).toHaveLength(1);
  });

  it('are not held for what is new on a bind, and not without a list that runs', () => {
    const next: Asked = ['new/c', '/ssl/many', 3000, 3001];
    expect(held(GROWN, 21, [fold, other, next])).toEqual([]);
    const candidate = parseConfigText(textOf([fold]));
    const facts = { folders: GROWN, copies, most: 10 };
    expect(holdGrownFolders(candidate, { ...facts, running: undefined }).grown).toEqual([]);
    const plain = { config: parseConfigText(textOf([fold])) };
    expect(holdGrownFolders(candidate, { ...facts, running: plain }).grown).toEqual([]);
  });

  it('are not held if they became smaller, or have as many others', () => {
    const others: Folders = new Map([...GROWN, ['/ssl/many', folderOf(0, 1)]]);
    expect(held(others, 0)).toEqual(['/ssl/other']);
  });

  it('say which Services they are for, and how far they have grown', () => {
    expect(hold(GROWN, 20).grown).toEqual([
      {
        folder: '/ssl/many',
        sources: [{ namespace: 'team', service: 'fold', port: 'web' }],
        reason:
          'this folder has grown to 9 certificates, and all binds would have 21 together, more than the 20 that HAProxy checks in time: the list before stays',
      },
    ]);
  });
});
