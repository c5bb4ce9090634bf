import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReleaseFile } from '@kubefigurator/haproxy-config';
import type { ReleaseContent } from './release-files.ts';
import {
  createDamageFinder,
  discardCandidate,
  installCandidate,
  locateLiveFile,
  readReleaseFiles,
  removeUnusedReleaseFiles,
  restoreRelease,
  stageCandidate,
} from './release-files.ts';
import { hashText } from './release-hash.ts';
import { readTextFile } from './text-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-files-'));
});

describe('the live file', () => {
  it('is replaced as a whole and keeps its mode; the candidate is gone afterwards', async () => {
    const path = join(folder, 'dynamic.cfg');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    const live = await locateLiveFile(path);
    await stageCandidate(live, { text: 'new', files: [] });
    expect(readFileSync(path, 'utf8')).toBe('old');
    await installCandidate(live);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['dynamic.cfg']);
  });

  it('may not exist yet', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    expect(await readTextFile(live.path)).toBeUndefined();
    await stageCandidate(live, { text: 'first', files: [] });
    await installCandidate(live);
    expect((await readTextFile(live.path))?.text).toBe('first');
  });

  it('stays a link where it is one', async () => {
    const target = join(folder, 'real.cfg');
    writeFileSync(target, 'old');
    symlinkSync(target, join(folder, 'dynamic.cfg'));
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    await stageCandidate(live, { text: 'new', files: [] });
    await installCandidate(live);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['dynamic.cfg', 'real.cfg']);
  });

  it('a candidate that is a link is never followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    symlinkSync(victim, live.candidate);
    await stageCandidate(live, { text: 'new', files: [] });
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    await discardCandidate(live);
    expect(readdirSync(folder)).toEqual(['victim']);
  });
});

describe('the files of a release', () => {
  const fileOf = (content: string): ReleaseFile => ({ name: `${hashText(content)}.map`, content });
  const [a, b] = [fileOf('a'), fileOf('b')];
  const releaseOf = (...files: readonly ReleaseFile[]): ReleaseContent => ({
    text: files.map(({ name }) => `# ${name}\n`).join(''),
    files,
  });

  it('are there before dynamic.cfg names them, and are removed only once nothing names them', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    await stageCandidate(live, releaseOf(a));
    expect(readdirSync(folder).sort()).toEqual(['.dynamic.cfg.candidate', 'kubefigurator']);
    expect(readFileSync(join(live.folder, a.name), 'utf8')).toBe('a');
    await installCandidate(live);
    await stageCandidate(live, releaseOf(b));
    await removeUnusedReleaseFiles(live, []);
    expect(await readReleaseFiles(live.folder, [a.name, b.name])).toEqual([a, b]);
    await installCandidate(live);
    await removeUnusedReleaseFiles(live, [a.name]);
    expect(await readReleaseFiles(live.folder, [a.name])).toEqual([a]);
    await removeUnusedReleaseFiles(live, []);
    expect(readdirSync(live.folder)).toEqual([b.name]);
  });

  it('are written once, again only if the content on disk is not whole, and put back', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    const path = join(live.folder, a.name);
    await stageCandidate(live, releaseOf(a));
    const { ino } = statSync(path);
    await stageCandidate(live, releaseOf(a));
    expect(statSync(path).ino).toBe(ino);
    writeFileSync(path, 'torn');
    await stageCandidate(live, releaseOf(a));
    expect(readFileSync(path, 'utf8')).toBe('a');
    rmSync(path);
    await restoreRelease(live, releaseOf(a));
    expect(readFileSync(path, 'utf8')).toBe('a');
    expect(readFileSync(live.path, 'utf8')).toBe(releaseOf(a).text);
  });

  it('are refused if their name isn’t the hash of their content', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    for (const name of [b.name, '../a.map', 'a.map']) {
      await expect(stageCandidate(live, { text: '', files: [{ name, content: 'a' }] })).rejects.toThrow(
        'is not the hash',
      );
    }
    expect(readdirSync(live.folder)).toEqual([]);
  });

  it('are all that is removed from their folder', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    await removeUnusedReleaseFiles(live, []);
    mkdirSync(join(live.folder, 'certificates'), { recursive: true });
    writeFileSync(join(live.folder, 'README'), '');
    await removeUnusedReleaseFiles(live, []);
    expect(readdirSync(live.folder).sort()).toEqual(['README', 'certificates']);
  });
});

describe('a place where the live file can’t be', () => {
  it('is an error with the flag and what to do', async () => {
    await expect(locateLiveFile(join(folder, 'haproxy', 'dynamic.cfg'))).rejects.toMatchObject({
      message: expect.stringMatching(
        /haproxy of --haproxy-config: there is no such file or folder$/,
      ) as string,
      hint: expect.stringContaining('install HAProxy') as string,
    });
    writeFileSync(join(folder, 'file'), '');
    await expect(locateLiveFile(join(folder, 'file', 'dynamic.cfg'))).rejects.toThrow(
      /file of --haproxy-config: a part of its path is a file/,
    );
    await expect(locateLiveFile(folder)).rejects.toThrow(/\(--haproxy-config\) is a folder/);
    await expect(readTextFile(folder)).rejects.toThrow(/can't read .*: it is a folder/);
  });
});

describe('the files of a release', () => {
  it('are found damaged when they are gone, changed or replaced, and whole again once they are written again', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    const files = ['one', 'two', 'three', 'four', 'five'].map((content) => ({
      name: `${hashText(content)}.crt-list`,
      content,
    }));
    await stageCandidate(live, { text: 'text', files });
    const find = createDamageFinder(live.folder);
    expect(await find(files)).toEqual([]);
    expect(await createDamageFinder(join(folder, 'nowhere'))(files.slice(0, 1))).toMatchObject([
      { isMissing: true },
    ]);
    const [gone, changed, linked, aFolder] = files.map(({ name }) => join(live.folder, name));
    const [times] = [statSync(String(changed))];
    rmSync(String(gone));
    // As somebody who hides it: the same size and the same times.
    writeFileSync(String(changed), 'owt');
    utimesSync(String(changed), times.atime, times.mtime);
    rmSync(String(linked));
    symlinkSync(join(folder, 'nowhere'), String(linked));
    rmSync(String(aFolder));
    mkdirSync(String(aFolder));
    const expected = [
      { path: gone, isMissing: true },
      { path: changed, isMissing: false },
      { path: linked, isMissing: true },
      { path: aFolder, isMissing: false },
    ];
    expect(await find(files)).toEqual(expected);
    expect(await find(files)).toEqual(expected);
    rmSync(String(aFolder), { recursive: true });
    await stageCandidate(live, { text: 'text', files });
    expect(await find(files)).toEqual([]);
  });
});
