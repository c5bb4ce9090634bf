import type { SourceRef } from '@kubefigurator/config-model';
import { compareText, uniqueSources } from '@kubefigurator/config-model';
import { MOST_CERTIFICATES_OF_BINDS } from '../gate/sizes.ts';
import { isInCertificateFolder, certificateFolderPrefix } from '../parse/bind-certificates.ts';
import { pathsInList } from '../parse/certificate-paths.ts';
import type { ConfigText, ParsedText } from '../parse/config-text.ts';
import type { CertificateFolder } from './certificate-lists.ts';
import { countCertificatesOfBinds, standingKeys } from './crowded-folders.ts';

type Running = Pick<ParsedText, 'config' | 'files'>;

/** What the folders of a text are compared with. */
export interface RunningFolders {
  /** What HAProxy runs, or would run if it was up, with the lists of its release; undefined if that isn't known. */
  readonly running: Running | undefined;
  /** The folders as they are on the host now. */
  readonly folders: ReadonlyMap<string, CertificateFolder>;
  /** The paths of our copies of certificates, each with the file that it was made of. */
  readonly copies: ReadonlyMap<string, string>;
  /** How many certificates all binds may have together. */
  readonly most?: number;
}

/** A folder that has grown too far: HAProxy keeps what it had of it. */
export interface GrownFolder {
  readonly folder: string;
  /** The Services that ask for it. */
  readonly sources: readonly SourceRef[];
  readonly reason: string;
}

/** The folders of which a release is made, and those of them that aren't as they are on the host. */
export interface HeldFolders {
  readonly folders: ReadonlyMap<string, CertificateFolder>;
  readonly grown: readonly GrownFolder[];
}

/** A folder with more files than the running lists have of it. */
interface Growth {
  readonly folder: string;
  /** What runs of it and is still there. */
  readonly held: CertificateFolder;
  /** How many certificates the folder has now. */
  readonly count: number;
  /** How many certificates all binds would have less if what runs of the folder stays. */
  readonly gain: number;
  readonly sources: readonly SourceRef[];
}

/**
 * Folders that run already may have grown so far that all binds would have more certificates than HAProxy checks in time.
 * Then HAProxy keeps what it runs of as few of them as possible, of those that have grown most first. Folders that are
 * new on a bind don't count here; `crowdedFolders` judges them.
 */
export function holdGrownFolders(
  candidate: ConfigText,
  { running, folders, copies, most = MOST_CERTIFICATES_OF_BINDS }: RunningFolders,
): HeldFolders {
  const asIs = { folders, grown: [] };
  if (folders.size === 0 || running === undefined) return asIs;
  const counted = countCertificatesOfBinds(candidate, folders);
  const stood = new Set(standingKeys(running.config));
  const isStanding = ({ key }: { readonly key: string }): boolean => stood.has(key);
  const standing = counted.asked.filter(isStanding);
  const fresh = counted.asked.filter((each) => !isStanding(each));
  const total = counted.total - fresh.reduce((sum, { count }) => sum + count, 0);
  if (total <= most) return asIs;
  const growths = [...new Set(standing.map(({ folder }) => folder))].flatMap((folder) => {
    const askers = standing.filter((each) => each.folder === folder).map((each) => each.askers);
    return growthOf(folder, askers, { running, folders, copies }) ?? [];
  });
  const kept = largestUntil(growths, total - most);
  return {
    folders: new Map([...folders, ...kept.map(({ folder, held }) => [folder, held] as const)]),
    grown: kept.map(({ folder, count, sources }) => ({
      folder,
      sources,
      reason: reasonOf(count, total, most),
    })),
  };
}

/** Undefined if the folder has no more files than what runs of it; `askers` are those on each bind that has the folder. */
function growthOf(
  folder: string,
  askers: readonly (readonly SourceRef[])[],
  { running, folders, copies }: RunningFolders & { readonly running: Running },
): Growth | undefined {
  const now = folders.get(folder);
  if (now === undefined) return undefined;
  const before = namesInLists(folder, running, copies);
  const held = { ...now, certificates: now.certificates.filter((name) => before.has(name)) };
  const count = now.certificates.length;
  const gain = (count - held.certificates.length) * askers.length;
  // A text that names the folder itself has no list that could stay.
  if (before.size === 0 || gain <= 0) return undefined;
  return { folder, held, count, gain, sources: uniqueSources(askers.flat()) };
}

/** The growths with the largest gain, until `surplus` certificates are gained. */
function largestUntil(growths: readonly Growth[], surplus: number): Growth[] {
  let left = surplus;
  const kept: Growth[] = [];
  for (const growth of [...growths].sort((a, b) => b.gain - a.gain || compareText(a.folder, b.folder))) {
    if (left <= 0) break;
    kept.push(growth);
    left -= growth.gain;
  }
  return kept;
}

function reasonOf(count: number, total: number, most: number): string {
  return `this folder has grown to ${count} certificates, and all binds would have ${total} together, more than the ${most} that HAProxy checks in time: the list before stays`;
}

/** The names of the files in this folder that the binds which ask for it run, in their lists or on their lines. */
function namesInLists(
  folder: string,
  { config, files }: Running,
  copies: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const prefix = certificateFolderPrefix(folder);
  const binds = config.sections
    .filter(({ raw }) => raw.includes(` certificate: ${folder}`))
    .flatMap(({ lines }) => lines)
    .filter(
      ({ words, sources }) =>
        words[0] === 'bind' && sources.some(({ certificate }) => certificate === folder),
    );
  const words = new Set(binds.flatMap((bind) => bind.words));
  // A path that can't be in a list stands on the line itself.
  const paths = [...words].flatMap((word) => pathsInList(word, files) ?? [word]);
  const ours = paths
    .map((path) => copies.get(path) ?? path)
    .filter((path) => isInCertificateFolder(prefix, path));
  return new Set(ours.map((path) => path.slice(prefix.length)));
}
