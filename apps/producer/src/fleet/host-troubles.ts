import { formatSource, type HostStatus, MOST_SOURCES, troublesOfStatus } from '@kubefigurator/config-model';
import { cutList } from '@kubefigurator/translator';

/** The most parts that are named of those that a host leaves out. */
const MOST_PARTS = 3;
/** The most Services that are named of one such part. */
const MOST_NAMES = 3;

/** Why a host isn't in sync, by its own status: a sentence for each reason, first for each part that it leaves out. */
export function troublesOfHost(status: HostStatus): readonly string[] {
  const { outcome, leftOutCount } = status;
  const isReduced = leftOutCount > 0 && (outcome?.kind === 'applied' || outcome?.kind === 'unchanged');
  // The outcome's summary only says that something is left out, which is named here.
  const others = troublesOfStatus(status).filter((trouble) => !(isReduced && trouble === outcome.summary));
  return [...describeLeftOut(status), ...others];
}

function describeLeftOut({ leftOut, leftOutCount }: HostStatus): readonly string[] {
  const named = leftOut.slice(0, MOST_PARTS);
  const more = Math.max(leftOutCount, leftOut.length) - named.length;
  return [
    ...named.map(({ sources, message }) => {
      // A status should hold no more, but a host writes it.
      const whose = sources.slice(0, MOST_SOURCES).map(formatSource);
      return `left out: ${whose.length === 0 ? 'a part of no Service' : cutList(whose, MOST_NAMES)}: ${message}`;
    }),
    ...(more > 0 ? [`left out: ${String(more)} more parts`] : []),
  ];
}
