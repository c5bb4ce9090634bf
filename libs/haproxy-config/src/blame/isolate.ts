import type { Blame } from '@kubefigurator/config-model';
import type { ConfigText, ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { bindPoints } from '../parse/binds.ts';
import type { RefusedParts } from './leave-out.ts';
import { leaveOut } from './leave-out.ts';
import type { Losable } from './losses.ts';
import { hostTrouble } from './losses.ts';

/**
 * The reduced text, or the reason why no part can be left out safely. If a file is refused for which no Service asked,
 * in a folder that the text names, the text stays as it is: lowering leaves the file out of the list.
 */
export type Isolation =
  | { readonly kind: 'reduced'; readonly text: string; readonly config: ConfigText }
  /** No part of the text can be blamed, or the blamed part isn't in it. */
  | { readonly kind: 'unclear' }
  /** The blamed parts can't be left out, and `reason` says why. */
  | { readonly kind: 'impossible'; readonly reason: string };

/**
 * What to try after a candidate was refused: the same text without the parts that were blamed.
 * If too many would be left out, it is better to keep the config that runs.
 */
export function isolate({ text, config }: ParsedText, blame: readonly Blame[], losable: Losable): Isolation {
  const refused = refusedPartsOf(blame);
  if (refused === undefined) return { kind: 'unclear' };
  const reduced = leaveOut(text, refused, config);
  const isFileRefused = blame.some(({ file }) => file !== undefined);
  if (reduced === text && !isFileRefused) return { kind: 'unclear' };
  const rest = parseConfigText(reduced, config);
  const reason = whyReductionIsWorse(rest, losable);
  return reason === undefined
    ? { kind: 'reduced', text: reduced, config: rest }
    : { kind: 'impossible', reason };
}

/** Why a reduced text is worse than what runs; undefined if it isn't. */
export function whyReductionIsWorse(rest: ConfigText, losable: Losable): string | undefined {
  if (bindPoints(rest, 1).length === 0) return 'nothing would be left';
  return hostTrouble(losable, rest);
}

/**
 * Undefined if no refusal names a Service, bind or file. After an error HAProxy reports follow-up errors that name none
 * of these, or a whole section. These are ignored if another error is clear: the next check reports those that remain.
 */
function refusedPartsOf(blame: readonly Blame[]): RefusedParts | undefined {
  const clear = blame.filter(
    ({ bind, file, sources, shared }) =>
      bind !== undefined || file !== undefined || (sources.length > 0 && shared !== true),
  );
  if (clear.length === 0) return undefined;
  return {
    // Services that ask for the folder of a refused file stay, since lowering leaves out that file alone.
    sources: clear.flatMap(({ bind, file, sources }) => ((bind ?? file) === undefined ? sources : [])),
    binds: clear.flatMap(({ bind }) => bind ?? []),
  };
}
