import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { uniqueSources } from '@kubefigurator/config-model';
import { MOST_CERTIFICATES_OF_BINDS } from '../gate/sizes.ts';
import { bindsWithCertificates, certificatesOnBind } from '../parse/bind-certificates.ts';
import type { ConfigLine, ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sectionKey } from '../parse/config-text.ts';
import type { CertificateFolder } from './certificate-lists.ts';
import type { Asked, AskingService } from './left-out-for.ts';
import {
  servicesInFairOrder,
  servicesLeftOutFor,
  servicesAskingFor,
  createLeftOutCount,
} from './left-out-for.ts';

/** What a candidate is compared with. */
export interface FolderFacts {
  /** The texts that HAProxy may run: what they have stays. */
  readonly running: readonly ConfigText[];
  readonly folders: ReadonlyMap<string, CertificateFolder>;
  /** How many certificates all binds may have together. */
  readonly most?: number;
}

/**
 * A folder or a file of certificates that Services ask for on one bind of a text. A folder counts as many as it has
 * certificates, a file as one.
 */
interface AskedFolder extends Asked {
  /** The path of the folder, or of the file. */
  readonly folder: string;
  readonly isFolder: boolean;
  /** The same for the same folder on the same bind of another text. */
  readonly key: string;
}

/** New folders may bring a namespace up to this part of the limit, if other namespaces have certificates, too. */
const SHARE = 0.5;
/** The same for a namespace that alone has certificates. */
const SHARE_ALONE = 0.9;

/**
 * The Services because of which the binds of a portable text would have more certificates than HAProxy checks in time:
 * they ask for folders, whose files only the host can count. Only what doesn't run yet is left out, the largest first.
 * First that of a namespace that would have more than half of the limit together with what it has already, so that no
 * namespace takes all the room; then, as little as possible, that of the namespace that takes most. The first text of a
 * host may use all of the room. The gate limits files that a text names itself.
 */
export function crowdedFolders(
  candidate: ConfigText,
  { running, folders, most = MOST_CERTIFICATES_OF_BINDS }: FolderFacts,
): Blame[] {
  // Most texts name no folder that a Service asks for.
  if (folders.size === 0) return [];
  const { total, asked, files } = countCertificatesOfBinds(candidate, folders);
  const stood = new Set(running.flatMap(standingKeys));
  const fresh = asked.filter(({ key }) => !stood.has(key));
  if (fresh.length === 0) return [];
  const isFirst = running.every(({ sections }) => sections.length === 0);
  const shares = isFirst ? [] : overShares(fresh, [...asked, ...files], most);
  const waiting = createLeftOutCount(fresh);
  for (const { service } of shares) waiting.leaveOut(service);
  const over = shares.map(({ service, reason }) => blameOf(service, reason));
  const out = new Set(shares.map(({ service }) => service.key));
  const reason = `all binds would have ${total} certificates together, more than the ${most} that HAProxy checks in time`;
  const left = servicesAskingFor(fresh).filter(({ key }) => !out.has(key));
  return [
    ...over,
    ...servicesLeftOutFor(left, waiting, total - most).map((service) => blameOf(service, reason)),
  ];
}

interface OverShare {
  readonly service: AskingService<AskedFolder>;
  readonly reason: string;
}

/** The Services with which their namespace would have more than its share; `all` is what all Services ask for. */
function overShares(fresh: readonly AskedFolder[], all: readonly AskedFolder[], most: number): OverShare[] {
  const loads = new Map<string, number>();
  for (const { namespace, load } of servicesAskingFor(all))
    loads.set(namespace, (loads.get(namespace) ?? 0) + load);
  const share = Math.floor((loads.size > 1 ? SHARE : SHARE_ALONE) * most);
  const remaining = new Map(loads);
  return servicesInFairOrder(servicesAskingFor(fresh)).flatMap((service) => {
    const { namespace, load } = service;
    const before = remaining.get(namespace) ?? 0;
    // If several Services ask for a folder, each has a fraction of it: sums may be off by rounding.
    if (Math.round(before) <= share) return [];
    remaining.set(namespace, before - load);
    const reason = `the Services of namespace ${namespace} would have ${Math.round(loads.get(namespace) ?? 0)} certificates on all binds together, more than the ${share} of ${most} up to which one namespace may bring new folders`;
    return [{ service, reason }];
  });
}

/** The certificates of all binds of a portable text, each on each bind, and what of them Services ask for. */
export function countCertificatesOfBinds(
  { sections }: ConfigText,
  folders: FolderFacts['folders'],
): {
  readonly total: number;
  readonly asked: readonly AskedFolder[];
  readonly files: readonly AskedFolder[];
} {
  const countOf = (path: string): number => folders.get(path)?.certificates.length ?? 1;
  const binds = sections.flatMap((section) =>
    bindsWithCertificates(section).map((line) => ({ section, line, paths: certificatesOnBind(line) })),
  );
  let total = 0;
  for (const { paths } of binds) for (const path of paths) total += countOf(path);
  const all = binds.flatMap(({ section, line, paths }) =>
    paths.flatMap((folder): AskedFolder[] => {
      const askers = line.sources.filter(({ certificate }) => certificate === folder);
      if (askers.length === 0) return [];
      const isFolder = folders.has(folder);
      return [{ folder, isFolder, count: countOf(folder), askers, key: keyOf(section, line, folder) }];
    }),
  );
  return {
    total,
    asked: all.filter(({ isFolder }) => isFolder),
    files: all.filter(({ isFolder }) => !isFolder),
  };
}

/** Each certificate that Services ask for on a bind; the lines of a running text may name lists instead of folders. */
export function standingKeys({ sections }: ConfigText): string[] {
  return sections.flatMap((section) => {
    if (!section.raw.includes(' certificate: ')) return [];
    return section.lines
      .filter(({ words }) => words[0] === 'bind')
      .flatMap((line) => line.sources.flatMap((source) => keysOf(section, line, source)));
  });
}

function keysOf(section: ConfigSection, line: ConfigLine, { certificate }: SourceComment): string[] {
  return certificate === undefined ? [] : [keyOf(section, line, certificate)];
}

function keyOf(section: ConfigSection, { words }: ConfigLine, certificate: string): string {
  return `${sectionKey(section)} ${words[1] ?? ''} ${certificate}`;
}

function blameOf({ asked, ports }: AskingService<AskedFolder>, reason: string): Blame {
  const { folder, count, binds } = largestOf(asked);
  return {
    sources: uniqueSources(ports),
    message: `${reason}, and this Service asks for the folder '${folder}' with ${count} certificates on ${binds} bind${binds === 1 ? '' : 's'}: name a file of it in ssl-certificate, or use fewer ports or addresses`,
  };
}

interface LargestFolder {
  readonly folder: string;
  readonly count: number;
  readonly binds: number;
}

/** The folder with most certificates on all its binds together. */
function largestOf(folders: readonly AskedFolder[]): LargestFolder {
  const binds = new Map<string, LargestFolder>();
  for (const { folder, count } of folders)
    binds.set(folder, { folder, count, binds: (binds.get(folder)?.binds ?? 0) + 1 });
  const [largest] = [...binds.values()].sort((a, b) => b.count * b.binds - a.count * a.binds);
  return largest ?? { folder: '', count: 0, binds: 0 };
}
