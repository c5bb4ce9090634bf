import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blame } from '@kubefigurator/config-model';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fingerprintCauses } from './causes.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'kf-causes-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const about = (message: string): Blame[] => [{ sources: [], message }];

it('the fingerprint changes when a file in HAProxy’s message appears, changes, gets another mode or goes', async () => {
  const file = join(folder, 'shop.pem');
  const blame = about(
    `'bind *:443' : unable to stat SSL certificate from file '${file}' (No such file or directory).`,
  );
  const seen = [await fingerprintCauses(blame)];
  writeFileSync(file, 'one');
  seen.push(await fingerprintCauses(blame));
  writeFileSync(`${file}.new`, 'two');
  renameSync(`${file}.new`, file);
  seen.push(await fingerprintCauses(blame));
  chmodSync(file, 0o400);
  seen.push(await fingerprintCauses(blame));
  expect(new Set(seen).size).toBe(seen.length);
  expect(await fingerprintCauses(blame)).toBe(seen.at(-1));
  rmSync(file);
  expect(await fingerprintCauses(blame)).toBe(seen[0]);
});

it('the fingerprint changes when the file behind a link appears', async () => {
  const [link, file] = [join(folder, 'link.pem'), join(folder, 'real.pem')];
  symlinkSync(file, link);
  const before = await fingerprintCauses(about(`unable to load '${link}'.`));
  writeFileSync(file, 'there');
  expect(await fingerprintCauses(about(`unable to load '${link}'.`))).not.toBe(before);
});

it('the fingerprint changes when nobody listens on the port of a refused bind any more', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const blame: Blame[] = [
    { sources: [], bind: { section: 'frontend a', word: `*:${String(port)}` }, message: 'held' },
  ];
  const held = await fingerprintCauses(blame);
  await new Promise((resolve) => server.close(resolve));
  expect(await fingerprintCauses(blame)).not.toBe(held);
});
