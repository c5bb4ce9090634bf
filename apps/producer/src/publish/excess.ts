import { OperatorError } from '@kubefigurator/daemon';
import { excessOfText } from '@kubefigurator/etcd-store';
import { excessesOfHosts, type Excess } from '@kubefigurator/haproxy-config';

/**
 * The limits of the hosts' gate that a text exceeds, else the one of etcd, if it may use a part of each; with all of it,
 * a text without an excess may be published.
 */
export function excessesOf({ text }: { readonly text: string }, part = 1): readonly Excess[] {
  const ofHosts = excessesOfHosts(text, part);
  if (ofHosts.length > 0) return ofHosts;
  const ofEtcd = excessOfText(text, part);
  if (ofEtcd === undefined) return [];
  const { bytes, most, unit } = ofEtcd;
  return [{ resource: 'characters', count: bytes, most, part, unit }];
}

/** Throws OperatorError if a compilation's text is too large: every host would refuse it, or etcd wouldn't take it. */
export function refuseExcess(excesses: readonly Excess[]): void {
  const [first] = excesses;
  if (first === undefined) return;
  const { count, most, unit } = first;
  throw new OperatorError(`the config text is too large: it has ${count} of the ${most} ${unit}`, {
    code: 'too-large',
    hint: 'publish fewer Services or nodes under this key',
  });
}
