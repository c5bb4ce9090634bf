import { join } from 'node:path';
import type { Release } from '@kubefigurator/haproxy-config';
import { stateFolderAt } from '../../state/ledger.ts';
import {
  discardCandidate,
  installCandidate,
  locateLiveFile,
  removeUnusedReleaseFiles,
  stageCandidate,
} from '../release-files.ts';
import { hashText } from '../release-hash.ts';

/** Release number n: one file of its own, one that it has in common with the others, both named by its text. */
export function releaseNumber(n: number, folder: string): Release {
  const files = [`shop${n}.example.com shop\n`.repeat(100), 'all.example.com all\n'].map((content) => ({
    name: `${hashText(content)}.map`,
    content,
  }));
  const rules = files.map(
    ({ name }) => `  use_backend %[base,map(${join(folder, 'kubefigurator', name)})]\n`,
  );
  return { revision: String(n), text: `# release ${n}\nfrontend a\n${rules.join('')}`, files };
}

/** What a host does with a release, from a start of the program to the proof. */
export async function bringTo(release: Release, folder: string): Promise<void> {
  const live = await locateLiveFile(join(folder, 'dynamic.cfg'));
  const state = stateFolderAt(folder, live.folder);
  await discardCandidate(live);
  await state.read();
  await stageCandidate(live, release);
  await installCandidate(live);
  const files = release.files.map(({ name }) => name);
  const worker = { pid: 1, startTicks: Number(release.revision) };
  const ledger = { revision: release.revision, hash: hashText(release.text), files, worker };
  await state.record({ ledger: { ...ledger, method: 'reload', appliedAt: 'now' }, release });
  await removeUnusedReleaseFiles(live, []);
}
