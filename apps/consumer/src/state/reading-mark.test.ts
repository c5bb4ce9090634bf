import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createReadingMark } from './reading-mark.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-mark-'));
  file = join(folder, 'reading.json');
});

/** A process that reads the text with this hash and is killed meanwhile. */
function killedWhileReading(hash: string, bootId: string): void {
  const program = `import { createReadingMark } from ${JSON.stringify(join(import.meta.dirname, 'reading-mark.ts'))};
    createReadingMark(${JSON.stringify(folder)}, '${bootId}').during('${hash}', () => process.kill(process.pid, 'SIGKILL'));
    setTimeout(() => undefined, 10_000);`;
  const script = join(folder, 'read.mts');
  writeFileSync(script, program);
  expect(spawnSync(process.execPath, ['--import', 'tsx', script], { cwd: import.meta.dirname }).signal).toBe(
    'SIGKILL',
  );
}

describe('the mark of a text that is read', () => {
  it('is on disk meanwhile and gone afterwards, also if reading throws', () => {
    const mark = createReadingMark(folder, 'boot');
    expect(mark.during('h', () => readFileSync(file, 'utf8'))).toBe('{"hash":"h","bootId":"boot"}');
    expect(existsSync(file)).toBe(false);
    expect(() =>
      mark.during('h', () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(existsSync(file)).toBe(false);
  });

  it('makes the text a suspect for the next process, until it has been read', () => {
    killedWhileReading('h', 'boot');
    const mark = createReadingMark(folder, 'boot');
    expect([mark.isSuspect('h'), mark.isSuspect('other')]).toEqual([true, false]);
    expect(mark.during('h', () => 1)).toBe(1);
    expect(mark.isSuspect('h')).toBe(false);
    expect(createReadingMark(folder, 'boot').isSuspect('h')).toBe(false);
  });

  it('makes no text a suspect after a restart of the machine, or without an id of its boot', () => {
    killedWhileReading('h', 'boot');
    expect(createReadingMark(folder, 'later').isSuspect('h')).toBe(false);
    expect(createReadingMark(folder, undefined).isSuspect('h')).toBe(false);
  });

  it.each(['', '{', '[]', '{"hash":1}'])('makes no text a suspect if it is %j', (text) => {
    writeFileSync(file, text);
    expect(createReadingMark(folder, 'boot').isSuspect('h')).toBe(false);
  });

  it('replaces a link instead of following it', () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'mine');
    symlinkSync(other, file);
    createReadingMark(folder, 'boot').during('h', () => undefined);
    expect(readFileSync(other, 'utf8')).toBe('mine');
  });

  it('does without a mark if none can be written', () => {
    expect(createReadingMark('/nowhere', 'boot').during('h', () => 1)).toBe(1);
  });
});
