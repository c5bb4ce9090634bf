import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { discard, install, locateLiveFile, readText, replaceText, stage } from './release-files.ts';

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
    await stage(live, 'new');
    expect(readFileSync(path, 'utf8')).toBe('old');
    await install(live);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['dynamic.cfg']);
  });

  it('may not exist yet', async () => {
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    expect(await readText(live.path)).toBeUndefined();
    await stage(live, 'first');
    await install(live);
    expect((await readText(live.path))?.text).toBe('first');
  });

  it('stays a link where it is one', async () => {
    const target = join(folder, 'real.cfg');
    writeFileSync(target, 'old');
    symlinkSync(target, join(folder, 'dynamic.cfg'));
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    await stage(live, 'new');
    await install(live);
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(readdirSync(folder).sort()).toEqual(['dynamic.cfg', 'real.cfg']);
  });

  it('a candidate that is a link is never followed', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'untouched');
    const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
    symlinkSync(victim, live.candidate);
    await stage(live, 'new');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
    await discard(live);
    expect(readdirSync(folder)).toEqual(['victim']);
  });
});

it('replaceText leaves nothing beside the file', async () => {
  const path = join(folder, 'ledger.json');
  await replaceText(path, 'a');
  await replaceText(path, 'b');
  expect(readFileSync(path, 'utf8')).toBe('b');
  expect(readdirSync(folder)).toEqual(['ledger.json']);
});

describe('a place where the live file can’t be', () => {
  it('is told with the flag and what to do', async () => {
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
    await expect(readText(folder)).rejects.toThrow(/can't read .*: it is a folder/);
  });
});
