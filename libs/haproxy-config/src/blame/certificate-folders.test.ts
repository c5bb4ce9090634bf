import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../parse/words.ts';
import {
  folderMeant,
  refusedFile,
  standInName,
  withFoldersMeant,
  withStandIns,
} from './certificate-folders.ts';

const SEED = { seed: 20261121, numRuns: 500 };
const DIGEST = '0123456789abcdef';
const STAND_IN = `/state/certificates/${standInName('/ssl', DIGEST)}`;
const bind = (...words: readonly string[]): readonly string[] => ['bind', '*:443', 'ssl', ...words];
const said = (what: string): string => `parsing [d.cfg:3] : 'bind *:443' in section 'frontend' : ${what}`;

describe('folders of certificates', () => {
  it('takes slashes off the end of a path, and no longer for a path of slashes', () => {
    expect(['/ssl//', '/', '///', '/ssl//a', ''].map(folderMeant)).toEqual(['/ssl', '/', '/', '/ssl//a', '']);
    const path = `/ssl${'/'.repeat(200_000)}a`;
    const began = performance.now();
    expect(folderMeant(path)).toBe(path);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('the name of a stand-in encodes any folder (property)', () => {
    const folder = fc
      .array(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((each) => !each.includes('/')),
        { minLength: 1 },
      )
      .map((parts) => `/${parts.join('/')}`);
    const property = fc.property(folder, (path) => {
      const name = standInName(path, DIGEST);
      expect(name).toMatch(/^[A-Za-z0-9_.%-]+@[0-9a-f]{16}$/);
      expect(folderMeant(`/var/lib/x/${name}`)).toBe(path);
    });
    fc.assert(property, SEED);
  });

  it('any other path is returned as it is', () => {
    expect(folderMeant('/etc/haproxy/ssl')).toBe('/etc/haproxy/ssl');
    expect(folderMeant('/etc/haproxy/ssl//')).toBe('/etc/haproxy/ssl');
    expect(folderMeant('/etc/a@b')).toBe('/etc/a@b');
    expect(folderMeant(`/x/%zz@${DIGEST}`)).toBe(`/x/%zz@${DIGEST}`);
  });

  it.each([
    ["unable to load certificate from file '/ssl/s3.pem'.", 's3.pem'],
    ["unable to load certificate from file '/ssl/s3.pem': bad end line.", 's3.pem'],
    ["inconsistencies between private key and certificate loaded '/ssl/s3.pem'.", 's3.pem'],
    ["No Private Key found in '/ssl/s3.pem.key'.", 's3.pem'],
    ["unable to stat SSL certificate from file '/ssl/a b.pem' : No such file or directory.", 'a b.pem'],
    ["error processing line 0 in file '/ssl' :  '/ssl/s1.pem.ocsp' is present and activates OCSP", 's1.pem'],
  ])('finds the file in: %s', (message, name) => {
    for (const folder of ['/ssl', '/ssl/', STAND_IN])
      expect(refusedFile(said(message), bind('crt', folder))).toEqual({ folder: '/ssl', name });
  });

  it('finds none where the line names no folder that it lies in', () => {
    const message = said("unable to load certificate from file '/ssl/s3.pem'.");
    expect(refusedFile(message, bind('crt', '/ssl/s3.pem'))).toBeUndefined();
    expect(refusedFile(message, bind('crt', '/other'))).toBeUndefined();
    expect(refusedFile(message, ['server', 's', '10.0.0.1:80', 'crt', '/ssl'])).toBeUndefined();
    expect(refusedFile(said("unable to load '/ssl/team/a.pem'"), bind('crt', '/ssl'))).toBeUndefined();
  });

  it('a message names the original folder', () => {
    const message = said(`unable to load certificate from file '${STAND_IN}/s3.pem'.`);
    expect(withFoldersMeant(message, bind('crt', STAND_IN))).toContain("'/ssl/s3.pem'");
  });

  it('replaces a folder wherever it stands on a bind line, and nothing else', () => {
    const text = [
      'frontend f',
      '  bind *:443 ssl crt /ssl/default.pem crt /ssl alpn h2 # crt /ssl',
      `  bind *:444 ssl crt "/ssl/" crt ${STAND_IN.replace(DIGEST, 'ffffffffffffffff')}`,
      '  bind *:445 ssl crt /ssl/team crt /ssl/a.pem',
      '  http-request set-header x "crt /ssl"',
      '',
    ].join('\n');
    const refused = [{ folder: '/ssl', name: 'default.pem' }];
    expect(withStandIns(text, new Map([['/ssl', STAND_IN]]), refused).split('\n')).toEqual([
      'frontend f',
      `  bind *:443 ssl crt ${STAND_IN} alpn h2 # crt /ssl`,
      `  bind *:444 ssl crt ${STAND_IN} crt ${STAND_IN}`,
      '  bind *:445 ssl crt /ssl/team crt /ssl/a.pem',
      '  http-request set-header x "crt /ssl"',
      '',
    ]);
    expect(withStandIns(text, new Map(), refused)).toBe(text);
  });

  it('leaves every other word of a bind line what it was, and is the same when done twice (property)', () => {
    const word = fc.constantFrom(
      'crt',
      '/ssl',
      "'/ssl/'",
      '/ss\\l',
      '/ssl/a.pem',
      'crt',
      'alpn',
      '"h2 x"',
      'crt\\ x',
    );
    const line = fc.array(word, { maxLength: 12 }).map((words) => `  bind :1 ${words.join(' ')}`);
    const property = fc.property(line, (text) => {
      const once = withStandIns(text, new Map([['/ssl', STAND_IN]]), []);
      const { words } = splitWords(text);
      const expected = words.map((each, index) =>
        index > 2 && words[index - 1] === 'crt' && /^\/ssl\/?$/.test(each) ? STAND_IN : each,
      );
      expect(splitWords(once).words).toEqual(expected);
      expect(withStandIns(once, new Map([['/ssl', STAND_IN]]), [])).toBe(once);
    });
    fc.assert(property, SEED);
  });
});
