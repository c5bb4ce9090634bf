import type { ClusterSnapshot } from '@kubefigurator/translator';
import { causeOfChange } from './history/cause.ts';

/** A Service that is new, or changed, in a text. */
export interface ChangedService {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Services of a text that differ from the publication before: at most as many as the history names, so that a change of a
 * whole cluster isn't one of each Service.
 */
export function changedServicesIn(
  text: string,
  before: ClusterSnapshot,
  after: ClusterSnapshot,
): readonly ChangedService[] {
  return causeOfChange(before, after).objects.flatMap(({ kind, name: full, change }) => {
    if (kind !== 'Service' || change === 'removed') return [];
    const [namespace = '', name = ''] = full.split('/');
    return text.includes(`# service: ${namespace}/${name} port: `) ? [{ namespace, name }] : [];
  });
}
