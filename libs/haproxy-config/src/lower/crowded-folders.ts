import type { Blame, SourceComment, SourceRef } from '@kubefigurator/config-model';
import { compareText, fairOrder, serviceKey, uniqueSources } from '@kubefigurator/config-model';
import { MOST_CERTIFICATES_OF_BINDS } from '../gate/sizes.ts';
import { bindsWithCertificates, certificatesOnBind } from '../parse/bind-certificates.ts';
import type { ConfigLine, ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sectionKey } from '../parse/config-text.ts';
import type { CertificateFolder } from './certificate-lists.ts';

/** What a candidate is compared with. */
export interface FolderFacts {
  /** The texts that HAProxy may run: what they have stays. */
  readonly running: readonly ConfigText[];
  readonly folders: ReadonlyMap<string, CertificateFolder>;
  /** How many certificates all binds may have together. */
  readonly most?: number;
}

/** A folder that Services ask for on one bind of a text. */
interface AskedFolder {
  readonly folder: string;
  /** How many certificates are in it. */
  readonly count: number;
  readonly askers: readonly SourceRef[];
  /** The same for the same folder on the same bind of another text. */
  readonly key: string;
}

/**
 * The Services because of which the binds of a portable text would have more certificates than HAProxy checks in time:
 * they ask for folders, whose files only the host can count. Left out are the largest of the namespace that takes most,
 * as few as possible, and only for what doesn't run yet. Files that are named themselves are limited by the gate.
 */
export function crowdedFolders(
  candidate: ConfigText,
  { running, folders, most = MOST_CERTIFICATES_OF_BINDS }: FolderFacts,
): Blame[] {
  // Most texts name no folder that a Service asks for.
  if (folders.size === 0) return [];
  const { total, asked } = countFolders(candidate, folders);
  if (total <= most) return [];
  const stood = new Set(running.flatMap(standingKeys));
  const fresh = asked.filter(({ key }) => !stood.has(key));
  return leftOutOf(fresh, total - most).map((service) => blameOf(service, total, most));
}

/** The certificates of all binds of a portable text, each on each bind, and the folders among them that Services ask for. */
export function countFolders(
  { sections }: ConfigText,
  folders: FolderFacts['folders'],
): { readonly total: number; readonly asked: readonly AskedFolder[] } {
  const countOf = (path: string): number => folders.get(path)?.certificates.length ?? 1;
  const binds = sections.flatMap((section) =>
    bindsWithCertificates(section).map((line) => ({ section, line, paths: certificatesOnBind(line) })),
  );
  const total = binds.reduce((sum, { paths }) => paths.reduce((each, path) => each + countOf(path), sum), 0);
  const asked = binds.flatMap(({ section, line, paths }) =>
    paths.flatMap((folder): AskedFolder[] => {
      const askers = line.sources.filter(({ certificate }) => certificate === folder);
      if (!folders.has(folder) || askers.length === 0) return [];
      return [{ folder, count: countOf(folder), askers, key: keyOf(section, line, folder) }];
    }),
  );
  return { total, asked };
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

interface AskingService {
  readonly key: string;
  readonly namespace: string;
  readonly folders: AskedFolder[];
  readonly ports: SourceRef[];
  /** Certificates; of a folder for which several Services ask on a bind, each has an equal share. */
  load: number;
}

/** Services whose folders have at least `surplus` certificates together. */
function leftOutOf(fresh: readonly AskedFolder[], surplus: number): AskingService[] {
  const waiting = new Map(fresh.map((folder) => [folder, new Set(folder.askers.map(serviceKey)).size]));
  const out: AskingService[] = [];
  let left = surplus;
  const services = fairOrder(
    servicesOf(fresh),
    ({ load }) => load,
    (a, b) => compareText(a.key, b.key),
  );
  for (const next of services) {
    if (left <= 0) break;
    out.push(next);
    for (const folder of new Set(next.folders)) {
      const askers = (waiting.get(folder) ?? 1) - 1;
      waiting.set(folder, askers);
      if (askers === 0) left -= folder.count;
    }
  }
  return out;
}

function servicesOf(fresh: readonly AskedFolder[]): AskingService[] {
  const services = new Map<string, AskingService>();
  for (const folder of fresh) {
    const share = folder.count / folder.askers.length;
    for (const asker of folder.askers) {
      const key = serviceKey(asker);
      const service = services.get(key) ?? {
        key,
        namespace: asker.namespace,
        folders: [],
        ports: [],
        load: 0,
      };
      services.set(key, service);
      service.folders.push(folder);
      service.ports.push(asker);
      service.load += share;
    }
  }
  return [...services.values()];
}

function blameOf({ folders, ports }: AskingService, total: number, most: number): Blame {
  const [largest] = [...folders].sort((a, b) => b.count - a.count);
  const folder = largest === undefined ? '' : `'${largest.folder}' with ${largest.count} certificates`;
  const binds = new Set(folders).size;
  return {
    sources: uniqueSources(ports),
    message: `all binds would have ${total} certificates together, more than the ${most} that HAProxy checks in time, and this Service asks for the folder ${folder} on ${binds} bind${binds === 1 ? '' : 's'}: name a file of it in ssl-certificate, or use fewer ports or addresses`,
  };
}
