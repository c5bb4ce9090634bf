import type { Blame } from '@kubefigurator/config-model';
import { sourceKey } from '@kubefigurator/config-model';
import type { ConfigText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { bindPoints, formatBind } from '../parse/binds.ts';
import type { RefusedParts } from './leave-out.ts';
import { leaveOut } from './leave-out.ts';

/**
 * The reduced text, or the reason why no part can be left out safely. A refused file in a folder that the text names, for
 * which no Service asked, stays in it: lowering leaves it out of the list.
 */
export type Isolation =
  | { readonly kind: 'reduced'; readonly text: string }
  | { readonly kind: 'impossible'; readonly reason: string };

/** What the losses of a reduction are counted against. */
export interface Losable {
  /** What HAProxy runs, as far as is known. */
  readonly running: ConfigText | undefined;
  /** The candidate before anything was left out of it: what several reductions take is counted together. */
  readonly whole: ConfigText;
}

/**
 * What to try after a candidate was refused: the same text without the parts that were blamed.
 * If no Service can be blamed, or too many would be left out, it is better to keep the config that runs.
 */
export function isolate(text: string, blame: readonly Blame[], { running, whole }: Losable): Isolation {
  const refused = refusedPartsOf(blame);
  if (refused === undefined) return { kind: 'impossible', reason: 'nobody can tell whose part is wrong' };
  const reduced = leaveOut(text, refused);
  const isNothing = reduced === text && !blame.some(({ file }) => file !== undefined);
  if (isNothing) return { kind: 'impossible', reason: 'the part that is wrong can not be taken out' };
  const rest = parseConfigText(reduced);
  if (bindPoints(rest).length === 0) return { kind: 'impossible', reason: 'nothing would be left' };
  const [lost, served] = lossesOf({ running, whole }, rest);
  if (lost > 1 && lost * 2 > served) {
    return {
      kind: 'impossible',
      reason: `${lost} of ${served} ports served now would be lost, which looks like trouble of this host`,
    };
  }
  return { kind: 'reduced', text: reduced };
}

/**
 * Undefined if no refusal names a Service, bind or file. After an error HAProxy reports follow-up errors that name none
 * of these, or a whole section. They are ignored if another one is clear: the next check reports those that remain.
 */
function refusedPartsOf(blame: readonly Blame[]): RefusedParts | undefined {
  const clear = blame.filter(
    ({ bind, file, sources, shared }) =>
      bind !== undefined || file !== undefined || (sources.length > 0 && shared !== true),
  );
  if (clear.length === 0) return undefined;
  return {
    sources: clear.filter((each) => each.bind === undefined).flatMap((each) => each.sources),
    binds: clear.flatMap(({ bind }) => bind ?? []),
  };
}

/** How many ports are served now, and how many of them the whole candidate has and the reduced text hasn't. */
function lossesOf({ running, whole }: Losable, rest: ConfigText): readonly [lost: number, served: number] {
  const [served, wanted, after] = [servedBy(running), servedBy(whole), servedBy(rest)];
  return [[...served].filter((key) => wanted.has(key) && !after.has(key)).length, served.size];
}

/** Ports of Services if comments name them, else addresses. */
function servedBy(config: ConfigText | undefined): ReadonlySet<string> {
  if (config === undefined) return new Set();
  const frontends = config.sections.filter((section) => section.keyword !== 'backend');
  const ports = frontends.flatMap((section) => section.head.sources.map(sourceKey));
  return new Set(ports.length > 0 ? ports : bindPoints(config).map(formatBind));
}
