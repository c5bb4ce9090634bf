import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blame } from '@kubefigurator/config-model';
import type { Logger } from '@kubefigurator/daemon';
import { withStandIns } from '@kubefigurator/haproxy-config';
import { describe, expect, it, vi } from 'vitest';
import type { CertificateFolders } from './certificates.ts';
import { createCertificateFolders } from './certificates.ts';

const log = { warn: () => undefined } as unknown as Logger;

interface Place {
  readonly ssl: string;
  readonly own: string;
  readonly live: string;
  readonly folders: CertificateFolders;
  readonly warn: ReturnType<typeof vi.fn>;
  readonly text: string;
}

function place(): Place {
  const root = mkdtempSync(join(tmpdir(), 'kubefigurator-certificates-'));
  const [ssl, own, live] = [join(root, 'ssl'), join(root, 'own'), join(root, 'dynamic.cfg')];
  mkdirSync(ssl);
  for (const name of ['a.pem', 'b c.pem', 'bad.pem', 'bad.pem.key', '.hidden'])
    writeFileSync(join(ssl, name), name);
  const warn = vi.fn();
  const folders = createCertificateFolders({
    path: own,
    formerPath: `${own}-former`,
    allowed: [ssl],
    keepers: [live],
    log: { warn } as unknown as Logger,
  });
  return { ssl, own, live, folders, warn, text: `frontend f\n  bind :443 ssl crt ${ssl} alpn h2\n` };
}

function blameFor(folder: string, ...names: readonly string[]): Blame[] {
  return names.map((name) => ({ sources: [], file: { folder, name }, message: 'no certificate' }));
}

/** The text with the folders that are made for it. */
async function withoutRefused(
  folders: CertificateFolders,
  text: string,
  blame: readonly Blame[],
): Promise<string> {
  const files = blame.flatMap(({ file }) => file ?? []);
  return withStandIns(text, await folders.makeStandIns(blame), files);
}

function folderIn(text: string): string {
  return /crt (\S+)/.exec(text)?.[1] ?? '';
}

describe('certificate folders', () => {
  it('makes a folder with links to all files but the refused one', async () => {
    const { ssl, folders, text } = place();
    const result = await withoutRefused(folders, text, blameFor(ssl, 'bad.pem'));
    const standIn = folderIn(result);
    expect(result).toBe(text.replace(ssl, standIn));
    expect(readdirSync(standIn).sort()).toEqual(['a.pem', 'b c.pem', 'bad.pem.key']);
    expect(readlinkSync(join(standIn, 'b c.pem'))).toBe(join(ssl, 'b c.pem'));
    expect(readFileSync(join(standIn, 'a.pem'), 'utf8')).toBe('a.pem');
  });

  it('gives the same for the same files, goes on with more refused ones, and sees new files', async () => {
    const { ssl, folders, text } = place();
    const first = await withoutRefused(folders, text, blameFor(ssl, 'bad.pem'));
    expect(await withoutRefused(folders, text, blameFor(ssl, 'bad.pem'))).toBe(first);
    const second = await withoutRefused(folders, first, blameFor(ssl, 'bad.pem', 'a.pem'));
    expect(readdirSync(folderIn(second)).sort()).toEqual(['b c.pem', 'bad.pem.key']);
    writeFileSync(join(ssl, 'new.pem'), '');
    const third = await withoutRefused(folders, text, blameFor(ssl, 'bad.pem', 'a.pem'));
    expect(readdirSync(folderIn(third)).sort()).toEqual(['b c.pem', 'bad.pem.key', 'new.pem']);
  });

  it('removes what no text names any more, and keeps what the live file names', async () => {
    const { ssl, own, live, folders, text } = place();
    const first = await withoutRefused(folders, text, blameFor(ssl, 'bad.pem'));
    writeFileSync(live, first);
    await withoutRefused(folders, text, blameFor(ssl, 'a.pem'));
    const last = await withoutRefused(folders, text, blameFor(ssl, 'b c.pem'));
    const present = (): string[] => readdirSync(own).map((name) => join(own, name));
    expect(present().sort()).toEqual([folderIn(first), folderIn(last)].sort());
    expect((await folders.makeStandIns([])).size).toBe(0);
    expect(present()).toHaveLength(2);
    await folders.removeUnused();
    expect(present()).toEqual([folderIn(first)]);
  });

  it('keeps a folder where earlier versions made it until no text names it any more', async () => {
    const { ssl, own, live, folders, text } = place();
    const former = createCertificateFolders({ path: `${own}-former`, allowed: [ssl], keepers: [live], log });
    writeFileSync(live, await withoutRefused(former, text, blameFor(ssl, 'bad.pem')));
    const standIn = folderIn(readFileSync(live, 'utf8'));
    await folders.removeUnused();
    expect(existsSync(standIn)).toBe(true);
    writeFileSync(live, await withoutRefused(folders, text, blameFor(ssl, 'bad.pem')));
    await folders.removeUnused();
    expect(existsSync(`${own}-former`)).toBe(false);
    expect(readdirSync(own)).toHaveLength(1);
  });

  it('removes nothing if a file that may name it can not be read', async () => {
    const { ssl, own, live, folders, text } = place();
    await withoutRefused(folders, text, blameFor(ssl, 'bad.pem'));
    mkdirSync(live);
    await folders.removeUnused();
    expect(readdirSync(own)).toHaveLength(1);
  });

  it('leaves a text alone whose folder is not open to it, or is not there', async () => {
    const { folders, warn, ssl } = place();
    for (const folder of ['/etc', `${ssl}-x`, `${ssl}/../own`]) {
      const text = `frontend f\n  bind :443 ssl crt ${folder}\n`;
      expect(await withoutRefused(folders, text, blameFor(folder, 'hosts'))).toBe(text);
    }
    expect(warn).not.toHaveBeenCalled();
    const gone = `frontend f\n  bind :443 ssl crt ${ssl}/gone\n`;
    expect(await withoutRefused(folders, gone, blameFor(`${ssl}/gone`, 'a.pem'))).toBe(gone);
    expect(warn).toHaveBeenCalledOnce();
  });
});
