import { formatSource, type HostStatus, MOST_SOURCES, troublesOfStatus } from '@kubefigurator/config-model';
import { cutList } from '@kubefigurator/translator';

/** Of the parts that a host leaves out so many are named. */
const MOST_PARTS = 3;
/** Of the Services of one such part so many are named. */
const MOST_NAMES = 3;

/** Why a host isn't in sync by its own status, a sentence each; what it leaves out is named with the reason. */
export function troublesOfHost(status: HostStatus): readonly string[] {
  const { outcome, leftOutCount } = status;
  const isReduced = leftOutCount > 0 && (outcome?.kind === 'applied' || outcome?.kind === 'unchanged');
  // The summary of such an outcome says only that something is left out.
  const others = troublesOfStatus(status).filter((trouble) => !(isReduced && trouble === outcome.summary));
  return [...describeLeftOut(status), ...others];
}

function describeLeftOut({ leftOut, leftOutCount }: HostStatus): readonly string[] {
  const named = leftOut.slice(0, MOST_PARTS);
  const more = Math.max(leftOutCount, leftOut.length) - named.length;
  return [
    ...named.map(({ sources, message }) => {
      const whose = sources.slice(0, MOST_SOURCES).map(formatSource);
      return `left out: ${whose.length === 0 ? 'a part of no Service' : cutList(whose, MOST_NAMES)}: ${message}`;
    }),
    ...(more > 0 ? [`left out: ${String(more)} more parts`] : []),
  ];
}
