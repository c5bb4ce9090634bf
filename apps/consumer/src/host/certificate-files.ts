import type { BigIntStats, Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { SourceRef } from '@kubefigurator/config-model';
import type { NamedCertificate } from '@kubefigurator/haproxy-config';
import { servicesOfCertificate } from '@kubefigurator/haproxy-config';
import type { CertificateContent, CertificateFacts } from './certificate-pem.ts';
import { judgeCertificateContent } from './certificate-pem.ts';

/** A certificate that a text names, or of which there is a copy, as its files are now. */
export interface FoundCertificate {
  /** The file that the text means, also if it names our copy of it. */
  readonly file: string;
  /** The names under which HAProxy may know it, the likeliest first. */
  readonly names: readonly string[];
  /** True if the text doesn't name the file itself, but the bundle that it belongs to. */
  readonly isInBundle: boolean;
  /** True if no text names it now. */
  readonly isUnnamed: boolean;
  readonly sources: readonly SourceRef[];
  readonly facts: CertificateFacts;
  /** The time since a look first saw the file in this state, in milliseconds. */
  readonly unchangedMs: number;
}

/** What to look at: a certificate that a text names, or an unnamed file of which there is a copy. */
export type LookedAt = NamedCertificate & { readonly isUnnamed?: boolean };

/** The files of certificates; a file that didn't change since the last look isn't read again. */
export interface CertificateFiles {
  readonly look: (named: readonly LookedAt[], copies?: CopyNames) => Promise<readonly FoundCertificate[]>;
  /**
   * True if something differs from what the last look saw. It reads the status of files only, never their content.
   */
  readonly hasChanged: (named: readonly LookedAt[], copies?: CopyNames) => Promise<boolean>;
}

/** The paths of our copies, each with the file that it was made of. */
export type CopyNames = ReadonlyMap<string, string>;

const NO_COPIES: CopyNames = new Map();

/**
 * A changed file is read once more after this time without a change: a second change within the same clock tick
 * leaves the signature as it was.
 */
const QUIET_MS = 500;
/** The extensions of what HAProxy reads beside a certificate, apart from its key. */
const EXTRAS = ['ocsp', 'issuer', 'sctl'];
/** The extensions of all files that HAProxy reads beside a certificate, and never as one. */
export const BESIDE_ENDS = ['key', ...EXTRAS];
export const BESIDE = new RegExp(`\\.(?:${BESIDE_ENDS.join('|')})$`);
/** HAProxy reads these for a certificate that isn't there itself, each as a certificate of its own. */
const BUNDLE = ['rsa', 'ecdsa', 'dsa'];
/** The most certificates whose files are looked at at the same time. */
const AT_ONCE = 64;
const GONE: CertificateFacts = { kind: 'broken', reason: 'it is gone' };

/** A certificate on disk, and HAProxy's names for it. */
type Place = Pick<FoundCertificate, 'file' | 'names' | 'isInBundle' | 'isUnnamed' | 'sources'>;

/** What a look found out about one certificate. */
interface Look {
  /** As `signatureOf` gives it. */
  readonly signature: string;
  readonly facts: CertificateFacts;
  /** On the monotonic clock, in milliseconds: when this state was seen first, and when it was read last. */
  readonly seenAt: number;
  readonly readAt: number;
}

export function createCertificateFiles(): CertificateFiles {
  let known: ReadonlyMap<string, Look> = new Map();
  let last: LastPlaces | undefined;

  async function look(named: readonly LookedAt[], copies = NO_COPIES): Promise<readonly FoundCertificate[]> {
    const places = await findPlaces(named, copies);
    last = { named, copies, places };
    const looks = new Map<string, Look>();
    const found: FoundCertificate[] = [];
    for (const { place, ...now } of await withSignatures(places)) {
      const seen = await lookAt(place.file, now, known.get(place.file));
      looks.set(place.file, seen);
      found.push({ ...place, facts: seen.facts, unchangedMs: performance.now() - seen.seenAt });
    }
    known = looks;
    return found;
  }

  async function hasChanged(named: readonly LookedAt[], copies = NO_COPIES): Promise<boolean> {
    const now = await withSignatures(
      placesOfLastLook(last, known, { named, copies }) ?? (await findPlaces(named, copies)),
    );
    return (
      now.length !== known.size ||
      now.some(({ place, signature }) => known.get(place.file)?.signature !== signature)
    );
  }

  return { look, hasChanged };
}

/** What the last look was asked for, and the places that it found. */
interface LastPlaces {
  readonly named: readonly LookedAt[];
  readonly copies: CopyNames;
  readonly places: readonly Place[];
}

/**
 * The places of the last look, if that was asked for the same and each name was a file: any change of such a file
 * shows in its signature. Otherwise undefined. This saves most of the system calls, which are made every 2 seconds
 * for each of 1,000 certificates.
 */
function placesOfLastLook(
  last: LastPlaces | undefined,
  known: ReadonlyMap<string, Look>,
  { named, copies }: Pick<LastPlaces, 'named' | 'copies'>,
): readonly Place[] | undefined {
  if (last?.named !== named || last.copies !== copies) return undefined;
  const areFiles = last.places.every(
    ({ file, isInBundle }) => !isInBundle && known.get(file)?.signature !== '',
  );
  return areFiles ? last.places : undefined;
}

async function lookAt(
  name: string,
  { signature, beside }: Pick<Signed, 'signature' | 'beside'>,
  before: Look | undefined,
): Promise<Look> {
  const now = performance.now();
  const isSame = before?.signature === signature;
  const isReadAgain = isSame && before.readAt - before.seenAt < QUIET_MS && now - before.seenAt >= QUIET_MS;
  if (isSame && !isReadAgain) return before;
  const facts = signature === '' ? GONE : await readFacts(name, beside);
  const after = await signatureOf(name, beside);
  // A file that was written meanwhile gets a signature that no later one equals: the next look reads it again.
  const isStable = after === signature;
  return {
    signature: isStable ? signature : `${signature} while it was written`,
    facts,
    seenAt: isSame && isStable ? before.seenAt : now,
    readAt: now,
  };
}

/** A file that can't be read counts as broken; the reason has nothing of its content. */
async function readFacts(name: string, beside: ReadonlySet<string>): Promise<CertificateFacts> {
  try {
    return judgeCertificateContent(await readCertificateContent(name, beside));
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? GONE : { kind: 'broken', reason: `it can't be read: ${code}` };
  }
}

/** Reads a certificate with its key, and what HAProxy reads beside it. */
export async function readCertificateContent(
  name: string,
  beside?: ReadonlySet<string>,
): Promise<CertificateContent> {
  const names = beside ?? (await namesBeside(name));
  const extras = EXTRAS.filter((extension) => names.has(`${basename(name)}.${extension}`));
  const keyFile = keyFilesOf(name).find((file) => names.has(basename(file)));
  return {
    pem: await readFile(name, 'latin1'),
    key: keyFile === undefined ? undefined : await readFile(keyFile, 'latin1'),
    extras: await Promise.all(
      extras.map(async (extension) => ({ extension, content: await readFile(`${name}.${extension}`) })),
    ),
  };
}

/** Where HAProxy looks for the key, the first before the second: for `x.crt` in `x.crt.key` and `x.key`. */
function keyFilesOf(name: string): readonly string[] {
  return [`${name}.key`, ...(name.endsWith('.crt') ? [name.replace(/\.crt$/, '.key')] : [])];
}

/** The names in the folder of a file; empty if they can't be read. */
async function namesBeside(name: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(dirname(name)).catch(() => []));
}

/** The certificates that are looked at, each file once. */
async function findPlaces(all: readonly LookedAt[], copies: CopyNames): Promise<readonly Place[]> {
  const places: Place[] = [];
  const aliases = namesByFile(copies);
  for (const { path: word, sources, isUnnamed = false } of all) {
    // What is looked at is the file that a copy was made of.
    const path = copies.get(word) ?? word;
    const copy = path === word ? [] : [word];
    const found = await stat(path).catch(() => undefined);
    // Only a release of an earlier version names a folder: its certificates are looked at once they are in a list.
    if (found?.isDirectory() === true && path === word) continue;
    const owners = servicesOfCertificate(path, sources);
    for (const file of await bundleOf(path, found)) {
      const names = [...new Set([...copy, file, ...(aliases.get(file) ?? [])])];
      places.push({ file, names, isInBundle: file !== path, sources: owners, isUnnamed });
    }
  }
  // Of several places of one file the first counts: what a text names comes before what only has a copy. A Map keeps
  // the last value of a key, so it is made in reverse.
  return [...new Map(places.reverse().map((place) => [place.file, place])).values()].reverse();
}

function namesByFile(copies: CopyNames): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const [copy, file] of copies) {
    const same = names.get(file);
    if (same === undefined) names.set(file, [copy]);
    else same.push(copy);
  }
  return names;
}

/** The file itself; if it doesn't exist, the files of its bundle instead, if any exists. */
async function bundleOf(path: string, found: Stats | undefined): Promise<readonly string[]> {
  if (found !== undefined) return [path];
  const beside = await namesBeside(path);
  const parts = BUNDLE.filter((extension) => beside.has(`${basename(path)}.${extension}`));
  return parts.length === 0 ? [path] : parts.map((extension) => `${path}.${extension}`);
}

interface Signed {
  readonly place: Place;
  /** The names in its folder. */
  readonly beside: ReadonlySet<string>;
  readonly signature: string;
}

async function withSignatures(places: readonly Place[]): Promise<readonly Signed[]> {
  const listings = new Map<string, Promise<ReadonlySet<string>>>();
  const listing = (name: string): Promise<ReadonlySet<string>> => {
    const folder = dirname(name);
    const listed = listings.get(folder) ?? namesBeside(name);
    listings.set(folder, listed);
    return listed;
  };
  const signed: Signed[] = [];
  for (let from = 0; from < places.length; from += AT_ONCE) {
    const batch = places.slice(from, from + AT_ONCE);
    const done = batch.map(async (place) => {
      const beside = await listing(place.file);
      return { place, beside, signature: await signatureOf(place.file, beside) };
    });
    signed.push(...(await Promise.all(done)));
  }
  return signed;
}

/**
 * Any change of the certificate, or of a file beside it, gives another signature; links are followed. '' if it is
 * gone.
 */
async function signatureOf(name: string, beside: ReadonlySet<string>): Promise<string> {
  const own = await describe(name);
  if (own === '') return '';
  const others = [...keyFilesOf(name), ...EXTRAS.map((extension) => `${name}.${extension}`)];
  const there = others.filter((file) => beside.has(basename(file)));
  return [own, ...(await Promise.all(there.map(describe)))].join(' ');
}

async function describe(file: string): Promise<string> {
  const found: BigIntStats | undefined = await stat(file, { bigint: true }).catch(() => undefined);
  if (found?.isFile() !== true) return '';
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}
