import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFreeze } from './freeze.ts';
import { takeStateLock } from './lock.ts';
import { hashText } from '../host/release-hash.ts';
import { stageCandidate, locateLiveFile } from '../host/release-files.ts';
import type { LastKnownGood } from './ledger.ts';
import { openStateFolder, stateFolderAt, stateFolderTrouble } from './ledger.ts';
import { writeStatusFile } from './status-file.ts';

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'kubefigurator-state-'));
}
function goodOf(text: string): LastKnownGood {
  const ledger = {
    revision: '7',
    hash: hashText(text),
    worker: { pid: 1, startTicks: 2 },
    method: 'reload',
    appliedAt: 'now',
  };
  return { ledger, release: { revision: ledger.revision, text, files: [] } };
}

it('remembers the last known good text and what the ledger says of it', async () => {
  const folder = join(scratch(), 'made', 'here');
  const state = await openStateFolder(folder);
  expect(await state.read()).toBeUndefined();
  await state.record(goodOf('text'));
  expect(await (await openStateFolder(folder)).read()).toEqual(goodOf('text'));
});

it('remembers the files of a release, and trusts nothing of it once one of them is not whole', async () => {
  const folder = scratch();
  const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
  const content = 'shop.example.com shop\n';
  const file = { name: `${hashText(content)}.map`, content };
  const release = { revision: '8', text: `# ${file.name}\n`, files: [file] };
  const { ledger } = goodOf(release.text);
  const good = {
    ledger: { ...ledger, revision: '8', hash: hashText(release.text), files: [file.name] },
    release,
  };
  await stageCandidate(live, release);
  await stateFolderAt(folder, live.folder).record(good);
  expect(await stateFolderAt(folder, live.folder).read()).toEqual(good);
  writeFileSync(join(live.folder, file.name), content.slice(1));
  expect(await stateFolderAt(folder, live.folder).read()).toBeUndefined();
});

it('reads the ledger of the version before, and of a later one without what it does not know', async () => {
  const folder = scratch();
  const before = { revision: '7', hash: hashText('text'), method: 'reload', appliedAt: 'now' };
  writeFileSync(join(folder, 'last-known-good.cfg'), 'text');
  const readOf = async (ledger: object): Promise<unknown> => {
    writeFileSync(join(folder, 'ledger.json'), JSON.stringify(ledger));
    return (await stateFolderAt(folder).read())?.ledger;
  };
  expect(await readOf(before)).toEqual({ ...before, worker: undefined });
  const worker = { pid: 1, startTicks: 2 };
  expect(await readOf({ ...before, worker })).toEqual({ ...before, worker });
  const later = { ...before, worker: { ...worker, more: 1 }, published: 7, files: 'none', waves: [] };
  expect(await readOf(later)).toEqual({ ...before, worker });
});

it('trusts neither a ledger nor a text that does not belong to the other', async () => {
  const folder = scratch();
  const state = await openStateFolder(folder);
  await state.record(goodOf('text'));
  writeFileSync(join(folder, 'last-known-good.cfg'), 'another text');
  expect(await (await openStateFolder(folder)).read()).toBeUndefined();
  await state.record(goodOf('text'));
  writeFileSync(join(folder, 'ledger.json'), '{"revision":');
  expect(await (await openStateFolder(folder)).read()).toBeUndefined();
});

it('notes the last rename over restarts, also without a proof; an unreadable note is none', async () => {
  const folder = scratch();
  const installed = { inode: '7', changed: '8', bootId: 'a', ticks: 9 };
  const state = await openStateFolder(folder);
  expect(await state.readInstalled()).toBeUndefined();
  await state.noteInstalled(installed, 'text');
  expect(await state.readInstalled()).toEqual({ ...installed, text: 'text' });
  expect(await stateFolderAt(folder).readInstalled()).toEqual(installed);
  await state.noteInstalled(undefined, 'text');
  expect(await stateFolderAt(folder).readInstalled()).toBeUndefined();
});

it('says which flag names a state folder that can’t be used', async () => {
  const file = join(scratch(), 'file');
  writeFileSync(file, '');
  const hint = expect.stringContaining('--state-directory') as string;
  await expect(openStateFolder(file)).rejects.toMatchObject({
    message: expect.stringMatching(/^the state directory .*file can't be made: /) as string,
    hint,
  });
  await expect(takeStateLock(join(file, 'state'), 'pid 1')).rejects.toMatchObject({ hint });
  await expect(writeFreeze(join(file, 'state'), { since: 'now', by: 'a' })).rejects.toMatchObject({ hint });
  await expect(writeStatusFile(join(file, 'state'), '{}')).rejects.toMatchObject({ hint });
});

it.each([
  ['ENOSPC', /^make room/],
  ['EROFS', /^mount it writable/],
  ['EACCES', /--state-directory/],
])('says what to do about %s', (code, hint) => {
  const error = stateFolderTrouble('it can’t be written', Object.assign(new Error(code), { code }));
  expect(error.hint).toMatch(hint);
});
