import type { Blame } from '@kubefigurator/config-model';
import { sourceKey, uniqueSources } from '@kubefigurator/config-model';
import { countTemplate } from '../gate/numbers.ts';
import { countOnce } from '../gate/sizes.ts';
import { bindPoints, bindPointKey } from '../parse/binds.ts';
import type { ConfigLine, ConfigSection, ConfigText } from '../parse/config-text.ts';
import { sourceKeysIn } from '../parse/source-keys.ts';
import type { Asked, AskingService } from './left-out-for.ts';
import { servicesLeftOutFor, servicesAskingFor, createLeftOutCount } from './left-out-for.ts';

/** How many file descriptors a HAProxy may have, and what needs some of them besides our text. */
export interface DescriptorRoom {
  /** HAProxy doesn't start if it needs more. */
  readonly most: number;
  /** For the host's own files and HAProxy itself; a lower bound. */
  readonly overhead: number;
  /** For the connections that HAProxy insists on. */
  readonly connections: number;
}

/** What needs descriptors of HAProxy: a backend with its servers, or a bind. */
interface Part extends Asked {
  readonly kind: 'servers' | 'bind';
  /** The same for a bind at the same place of another text; undefined for servers. */
  readonly key?: string;
}

/**
 * The Services because of which HAProxy would need more file descriptors than it may have, so that it would not start;
 * `haproxy -c` doesn't count them. As few as possible are left out, the largest of the namespace that takes most first, and
 * only ports of which nothing runs. If that isn't enough and one namespace takes more than all others together, its ports
 * that run and ask for another bind are left out, too, so that it can't stop the changes of the others. Empty if even that
 * isn't enough, since leaving them out would then help nobody.
 */
export function crowdedDescriptors(
  candidate: ConfigText,
  running: ConfigText,
  { most, overhead, connections }: DescriptorRoom,
): Blame[] {
  const need = overhead + connections + countDescriptors(candidate);
  if (need <= most) return [];
  const served = new Set(running.sections.flatMap((section) => [...sourceKeysIn(section)]));
  const isNew = ({ askers }: Part): boolean =>
    askers.length > 0 && !askers.some((port) => served.has(sourceKey(port)));
  const parts = partsOf(candidate);
  const fresh = freshOf(parts, isNew, running, need - most);
  if (fresh === undefined) return [];
  const removable = new Set(fresh);
  const taken = takenBy(parts.filter((part) => !removable.has(part)));
  const left = servicesLeftOutFor(servicesAskingFor(fresh), createLeftOutCount(fresh), need - most, taken);
  return left.map((service) => blameOf(service, need, most));
}

/** The parts that may be left out; undefined if these need fewer descriptors than `surplus`. */
function freshOf(
  parts: readonly Part[],
  isNew: (part: Part) => boolean,
  running: ConfigText,
  surplus: number,
): readonly Part[] | undefined {
  const fresh = parts.filter(isNew);
  if (sumOf(fresh) >= surplus) return fresh;
  const bound = new Set(distinctBinds(running).map(keyOf));
  const largest = mostTaking(parts);
  const moved = parts.filter(
    ({ key, askers }) =>
      key !== undefined &&
      !bound.has(key) &&
      askers.length > 0 &&
      askers.every(({ namespace }) => namespace === largest),
  );
  const all = [...new Set([...fresh, ...moved])];
  return sumOf(all) >= surplus ? all : undefined;
}

/** The namespace that takes more than all others together; undefined if there is none. */
function mostTaking(parts: readonly Part[]): string | undefined {
  const taken = takenBy(parts);
  const sum = [...taken.values()].reduce((all, count) => all + count, 0);
  return [...taken].find(([, count]) => count * 2 > sum)?.[0];
}

/**
 * The file descriptors that HAProxy counts for a text when it starts: one for each bind and each check of a server, two
 * for an agent check.
 */
export function countDescriptors(config: ConfigText): number {
  const checks = config.sections.reduce((sum, section) => sum + checksOf(section), 0);
  return checks + distinctBinds(config).length;
}

function distinctBinds(config: ConfigText): ReturnType<typeof bindPoints> {
  return [...new Map(bindPoints(config).map((point) => [keyOf(point), point])).values()];
}

function keyOf(point: ReturnType<typeof bindPoints>[number]): string {
  return `${point.section} ${bindPointKey(point)}`;
}

const checksOf = countOnce(countChecks);

function countChecks({ lines }: ConfigSection): number {
  return lines.reduce((sum, line) => sum + checksOfLine(line), 0);
}

/** The descriptors that a check needs, by the option of a server. */
const CHECKS: ReadonlyMap<string, number> = new Map([
  ['check', 1],
  ['agent-check', 2],
]);

function checksOfLine({ words }: ConfigLine): number {
  const [directive, , range = ''] = words;
  if (directive !== 'server' && directive !== 'server-template') return 0;
  const checks = words.slice(3).reduce((sum, word) => sum + (CHECKS.get(word) ?? 0), 0);
  if (checks === 0 || directive === 'server') return checks;
  const servers = countTemplate(range);
  return Number.isFinite(servers) ? checks * Math.max(0, servers) : 0;
}

function partsOf(config: ConfigText): Part[] {
  const backends = config.sections.map((section): Part => ({
    kind: 'servers',
    count: checksOf(section),
    askers: uniqueSources(section.head.sources),
  }));
  const binds = distinctBinds(config).map((point): Part => ({
    kind: 'bind',
    count: 1,
    askers: point.sources,
    key: keyOf(point),
  }));
  return [...backends.filter(({ count }) => count > 0), ...binds];
}

function sumOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}

/** How many descriptors each namespace takes; if several ports ask for one part, each counts an equal share of it. */
function takenBy(parts: readonly Part[]): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const { count, askers } of parts)
    for (const { namespace } of askers)
      taken.set(namespace, (taken.get(namespace) ?? 0) + count / askers.length);
  return taken;
}

function blameOf({ asked, ports }: AskingService<Part>, need: number, most: number): Blame {
  const servers = sumOf(asked.filter(({ kind }) => kind === 'servers'));
  const binds = asked.filter(({ kind }) => kind === 'bind').length;
  return {
    sources: uniqueSources(ports),
    message: `HAProxy would need ${need} file descriptors, more than the ${most} that it may have, and would not start; this Service brings ${servers} new checks of servers and ${binds} new binds: use fewer ports, or raise the limit of HAProxy (LimitNOFILE of its service)`,
  };
}
