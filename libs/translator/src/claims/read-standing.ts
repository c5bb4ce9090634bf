import type { Reservation, SourceRef } from '@kubefigurator/config-model';
import {
  formatAddressPort,
  isHostWord,
  parseBindWord,
  parseReservation,
  sourceKey,
  startsWithHeader,
} from '@kubefigurator/config-model';
import type { ConfigLine, ConfigSection } from '@kubefigurator/haproxy-config';
import { certificatesOnBind, certificateWords, parseConfigText } from '@kubefigurator/haproxy-config';
import type { ProxyMode } from '../intent/intent.ts';
import { boundReservations } from '../limits/bound-reservations.ts';
import type { ServiceLimits } from '../snapshot/limits.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import type { Remembered, StandingBind, StandingClaims } from './standing.ts';
import { EVERY_HOST, NOTHING_STANDS } from './standing.ts';

interface MutableBind extends StandingBind {
  served: boolean;
  firstCertificate?: string;
  certificates?: readonly string[];
  readonly sources: Map<string, MutableRemembered>;
}

interface MutableRemembered extends Remembered {
  readonly hosts: Set<string>;
}

/**
 * Reads the claims from a text that the producer has published; a text without our header has none.
 * A person may have edited the text: lines that we wouldn't write are passed over, nothing throws, and what is reserved is
 * bounded for each Service.
 */
export function readStandingClaims(
  text: string | undefined,
  limits: ServiceLimits = defaultServiceLimits,
): StandingClaims {
  if (text === undefined || !startsWithHeader(text)) return NOTHING_STANDS;
  const binds = new Map<string, MutableBind>();
  const front = frontOf(text);
  for (const section of parseConfigText(front).sections) {
    if (section.keyword === 'frontend') readFrontend(binds, section);
  }
  const reservations = front
    .split('\n')
    .flatMap((line) => (line.startsWith('# reserved: ') ? (parseReservation(line) ?? []) : []));
  for (const reservation of boundReservations(reservations, limits)) readReservation(binds, reservation);
  return binds;
}

/**
 * The text to the end of its last frontend: we write the backends below, and they are nine tenths of a large text. Searched from
 * the start, since V8 searches backwards four times as slowly.
 */
function frontOf(text: string): string {
  let end = 0;
  for (let frontend = 0; frontend >= 0 && end >= 0;) {
    end = text.indexOf('\nbackend ', frontend);
    frontend = end < 0 ? -1 : text.indexOf('\nfrontend ', end);
  }
  return end < 0 ? text : text.slice(0, end);
}

function readFrontend(binds: Map<string, MutableBind>, { lines }: ConfigSection): void {
  const mode = lines.find(({ words }) => words[0] === 'mode')?.words[1];
  if (mode !== 'http' && mode !== 'tcp') return;
  for (const line of lines.filter(({ words }) => words[0] === 'bind')) {
    const endpoint = parseBindWord(line.words[1] ?? '');
    if (endpoint === undefined) continue;
    const bind = getOrAddBind(binds, endpoint);
    bind.served = true;
    readCertificates(bind, line);
    readSources(bind, lines, { mode, bindLine: line });
  }
}

function readCertificates(bind: MutableBind, line: ConfigLine): void {
  const [first] = certificateWords(line);
  if (first === undefined || bind.firstCertificate !== undefined) return;
  bind.firstCertificate = first.path;
  bind.certificates = certificatesOnBind(line);
}

/** What all rules of a frontend have in common. */
interface FrontendLines {
  readonly mode: ProxyMode;
  readonly bindLine: ConfigLine;
}

function readSources(
  bind: MutableBind,
  lines: readonly ConfigLine[],
  { mode, bindLine }: FrontendLines,
): void {
  const tls = bindLine.words.includes('ssl');
  const certificates = certificatesOf(bindLine);
  for (const line of lines) {
    const hosts = hostsOf(line.words);
    const [source] = line.sources;
    if (source === undefined || hosts.length === 0) continue;
    const named = certificates.get(sourceKey(source)) ?? [];
    const certificate = named.at(-1);
    const about = {
      mode,
      tls,
      state: 'served' as const,
      ...(certificate === undefined ? {} : { certificate }),
      ...(named.length > 1 ? { certificates: named } : {}),
    };
    const remembered = getOrAddSource(bind, source, about);
    for (const host of hosts) remembered.hosts.add(host);
  }
}

/** The certificates that each source asked for, by `sourceKey`. */
function certificatesOf({ sources }: ConfigLine): ReadonlyMap<string, readonly string[]> {
  const certificates = new Map<string, string[]>();
  for (const { certificate, ...source } of sources) {
    if (certificate === undefined) continue;
    const key = sourceKey(source);
    const same = certificates.get(key);
    if (same === undefined) certificates.set(key, [certificate]);
    else same.push(certificate);
  }
  return certificates;
}

/** The hosts that a line routes: `use_backend x if { var(txn.host) -m str a b }`, or a default for every host. */
function hostsOf(words: readonly string[]): readonly string[] {
  if (words[0] === 'default_backend') return [EVERY_HOST];
  if (words[0] !== 'use_backend') return [];
  const [start, end] = [words.indexOf('-m'), words.lastIndexOf('}')];
  return start < 0 ? [] : words.slice(start + 2, end).filter(isHostWord);
}

function readReservation(binds: Map<string, MutableBind>, reservation: Reservation): void {
  const { source, mode, tls, hosts } = reservation;
  const remembered = getOrAddSource(getOrAddBind(binds, reservation), source, {
    mode,
    tls,
    state: 'reserved',
  });
  // What is served there counts, and not a reservation beside it.
  if (remembered.state !== 'reserved') return;
  for (const host of mode === 'tcp' ? [EVERY_HOST] : hosts) remembered.hosts.add(host);
}

function getOrAddBind(
  binds: Map<string, MutableBind>,
  { address, port }: Pick<StandingBind, 'address' | 'port'>,
): MutableBind {
  const key = formatAddressPort(address, port);
  const bind = binds.get(key) ?? { address, port, served: false, sources: new Map() };
  binds.set(key, bind);
  return bind;
}

function getOrAddSource(
  { sources }: MutableBind,
  { namespace, service, port }: SourceRef,
  about: Omit<Remembered, 'source' | 'hosts'>,
): MutableRemembered {
  const source = { namespace, service, port };
  const key = sourceKey(source);
  const remembered = sources.get(key) ?? { source, hosts: new Set<string>(), ...about };
  sources.set(key, remembered);
  return remembered;
}
