import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readManifestFiles } from './manifest-files.ts';

it('reads the manifests of a folder in order of name, and nothing else of it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-manifests-'));
  for (const name of ['b.yaml', 'a.json', '.hidden.yaml', 'notes.txt'])
    writeFileSync(join(folder, name), name);
  const files = await readManifestFiles(folder);
  expect(files.map(({ text }) => text)).toEqual(['a.json', 'b.yaml']);
});

it('refuses a pipe that lies in a folder, instead of waiting for a writer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-manifests-'));
  execFileSync('mkfifo', [join(folder, 'p.yaml')]);
  await expect(readManifestFiles(folder)).rejects.toThrow(`${join(folder, 'p.yaml')}: it is a pipe`);
});

it('reads a pipe to its end if --from names the pipe itself', async () => {
  const pipe = join(mkdtempSync(join(tmpdir(), 'kubefigurator-manifests-')), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reading = readManifestFiles(pipe);
  spawn('sh', ['-c', '(printf first; seq 100000) > "$0"', pipe]);
  const [file] = await reading;
  expect(file?.text).toHaveLength('first'.length + 588_895);
});
