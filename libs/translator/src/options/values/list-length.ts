import { formatCount } from '../../diagnostics/lists.ts';
import type { ParseFailure } from '../../diagnostics/parsed.ts';
import type { LimitName, ServiceLimits } from '../../snapshot/limits.ts';
import { LIMITS } from '../../snapshot/limits.ts';

/** Refuses a comma-separated list with more items than one Service may have; undefined if it is short enough. */
export function refuseLongList(
  text: string,
  name: Extract<LimitName, 'listenAddresses' | 'hostNames'>,
  limits: ServiceLimits,
): ParseFailure | undefined {
  const count = countItems(text);
  if (count <= limits[name]) return undefined;
  const { unit, flag } = LIMITS[name];
  return {
    ok: false,
    code: 'over-limit',
    reason: `has ${formatCount(count)} ${unit}, and one Service may have ${formatCount(limits[name])} (--${flag}): spread them over several Services`,
  };
}

function countItems(text: string): number {
  let count = 1;
  for (let comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', comma + 1)) count += 1;
  return count;
}
