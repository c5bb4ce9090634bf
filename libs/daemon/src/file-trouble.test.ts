import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileTrouble } from './file-trouble.ts';

describe('fileTrouble', () => {
  let folder: string;
  const trouble = (promise: Promise<unknown>, verb: 'read' | 'write'): Promise<string> =>
    promise.then(
      () => 'none',
      (error: unknown) => fileTrouble(error, verb),
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubefigurator-files-'));
    await writeFile(join(folder, 'file'), '');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has a sentence for known error codes', async () => {
    expect(await trouble(readFile(join(folder, 'nothing')), 'read')).toBe('there is no such file or folder');
    expect(await trouble(readFile(folder), 'read')).toBe('it is a folder');
    expect(await trouble(readFile(join(folder, 'file', 'x')), 'read')).toMatch(
      /a part of its path is a file/,
    );
    expect(await trouble(mkdir(join(folder, 'file'), { recursive: true }), 'write')).toMatch(/no folder$/);
  });

  it('names the operation if rights are missing', () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    expect([fileTrouble(denied, 'read'), fileTrouble(denied, 'write')]).toEqual([
      'this user may not read it',
      'this user may not write it',
    ]);
  });

  it('names the owner if chown is refused', () => {
    const denied = Object.assign(new Error('EPERM'), { code: 'EPERM', syscall: 'chown' });
    expect(fileTrouble(denied, 'write')).toMatch(/may not give it the owner/);
  });

  it('is the message of the error if the code is unknown', () => {
    expect(fileTrouble(new Error('odd'), 'read')).toBe('odd');
    expect(fileTrouble(undefined, 'read')).toBe('undefined');
  });
});
