import { compareBy, sortedUnique, sourceKey } from '@kubefigurator/config-model';
import { orderedFolder } from '@kubefigurator/haproxy-config';
import type { HeldBind } from '../claims/claims.ts';
import { MOST_CERTIFICATES } from '../claims/conflicts.ts';
import type { Intent } from '../intent/intent.ts';
import { folderOfPath, pathInFolder } from '../options/values/certificate-file.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { BindTls } from './proxy-model.ts';

type BindCertificates = Pick<BindTls, 'certificates' | 'certificateSources'>;

/**
 * The certificates of a bind and their order. `holders` are those of the bind, sorted by name.
 *
 * The words after `crt` are files; or folders, if there are too many files, or if the published text has a folder first.
 *
 * Of two certificates for one host name HAProxy serves the first. So those that the published text has on this bind keep
 * their order, and new ones follow them, sorted.
 *
 * Clients without SNI get the first of all. It is the operator's default certificate; else the first one of the
 * published text, if a port still asks for it; else the first published one for which a port asks; else the one of the
 * oldest claim. With folders of which none is published, HAProxy's order of files decides.
 *
 * If folders aren't in the order that hosts would give their files anyway, the words say so ({@link orderedFolder}),
 * and hosts take the order from the source comments.
 */
export function buildBindCertificates(
  bind: HeldBind,
  holders: readonly Intent[],
  settings: TranslatorSettings,
): BindCertificates {
  const { certificateDir } = settings;
  const askedFor = holders.flatMap(({ source, tls }) =>
    tls === undefined ? [] : { source, certificate: pathInFolder(certificateDir, tls.certificate) },
  );
  const certificateSources = withGuarded(askedFor, bind.guardedCertificates ?? []);
  const asked = sortedUnique(certificateSources.map(({ certificate }) => certificate));
  const folders = sortedUnique(asked.map(folderOfPath));
  // The published first one, if it is still among the certificates.
  const stood = [...folders, ...asked].includes(bind.firstCertificate ?? '')
    ? bind.firstCertificate
    : undefined;
  const standing = standingAmong(asked, bind);
  const hasFolders = asked.length > MOST_CERTIFICATES || stoodAsFolder(stood, asked, folders);
  const next = hasFolders ? undefined : (standing[0] ?? oldestOf(bind));
  const first = firstOf(stood ?? next, settings);
  // `first` isn't in this order if it is a default certificate for which no port asks: that has no source comment.
  const ordered = withFirst(
    asked.find((path) => path === first),
    [...new Set([...standing, ...asked])],
  );
  if (!hasFolders) return { certificates: withFirst(first, ordered), certificateSources };
  const words = withFirst(first, folders);
  if (isOrderOfNames(words, ordered)) return { certificates: words, certificateSources };
  return {
    certificates: words.map((word) => (folders.includes(word) ? orderedFolder(word) : word)),
    certificateSources: sortedLike(certificateSources, ordered),
  };
}

type CertificateSources = BindTls['certificateSources'];

const byCertificate = compareBy<CertificateSources[number]>(
  ({ source }) => source.namespace,
  ({ source }) => source.service,
  ({ source }) => source.port,
  ({ certificate }) => certificate,
);

function withGuarded(asked: CertificateSources, guarded: CertificateSources): CertificateSources {
  if (guarded.length === 0) return asked;
  const byKey = [...asked, ...guarded].map(
    (each) => [`${sourceKey(each.source)} ${each.certificate}`, each] as const,
  );
  return [...new Map(byKey).values()].sort(byCertificate);
}

function oldestOf({ holders: [oldest] }: HeldBind): string | undefined {
  return oldest?.tls?.certificate;
}

/** The published certificates for which a port still asks, in their order. */
function standingAmong(asked: readonly string[], { standingCertificates = [] }: HeldBind): string[] {
  const present = new Set(asked);
  return [...new Set(standingCertificates)].filter((path) => present.has(path));
}

/** The absolute path of the first certificate: the default one if there is one, else `own`. */
function firstOf(
  own: string | undefined,
  { certificateDir, defaultCertificate }: TranslatorSettings,
): string | undefined {
  const first = defaultCertificate ?? own;
  return first === undefined ? undefined : pathInFolder(certificateDir, first);
}

/** True if hosts, which list the files of `words` folder by folder and sorted by name, get the order `ordered` anyway. */
function isOrderOfNames(words: readonly string[], ordered: readonly string[]): boolean {
  const rank = new Map(words.map((word, index) => [word, index]));
  // A file that stands on the line itself comes before its folder.
  const rankOf = (path: string): number => rank.get(path) ?? rank.get(folderOfPath(path)) ?? words.length;
  return ordered.every((path, index) => {
    const before = ordered[index - 1];
    if (before === undefined) return true;
    const difference = rankOf(before) - rankOf(path);
    return difference < 0 || (difference === 0 && before < path);
  });
}

function sortedLike(sources: CertificateSources, ordered: readonly string[]): CertificateSources {
  const rank = new Map(ordered.map((path, index) => [path, index]));
  return [...sources].sort((a, b) => (rank.get(a.certificate) ?? 0) - (rank.get(b.certificate) ?? 0));
}

/**
 * True if the first certificate stood as a folder. If a port asks for `a.pem/x`, the path `a.pem` is one of the
 * folders, although another port may ask for it as a file: then it counts as the file.
 */
function stoodAsFolder(
  stood: string | undefined,
  asked: readonly string[],
  folders: readonly string[],
): boolean {
  return stood !== undefined && folders.includes(stood) && !asked.includes(stood);
}

function withFirst(first: string | undefined, others: readonly string[]): readonly string[] {
  return first === undefined ? others : [first, ...others.filter((other) => other !== first)];
}
