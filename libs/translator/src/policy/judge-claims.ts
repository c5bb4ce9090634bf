import { ipOrder, isInSpan } from '@kubefigurator/config-model';
import { EVERY_HOST } from '../claims/standing.ts';
import { displayHost } from '../claims/display-host.ts';
import { cutList } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import { formatPortRange, isInRanges } from '../snapshot/host-ports.ts';
import type { Grant, ListenAddresses, Policy, PolicyRule } from '../snapshot/policy.ts';
import { DEFAULT_RULE } from '../snapshot/policy.ts';
import { grantOfName } from './rule-finder.ts';

/** How many items of a rule a message names. */
const SHOWN = 6;

/** Why a rule doesn't allow a listen port, as a sentence without a full stop; undefined if it does. */
export function refusalOfListenPort(port: number, rule: PolicyRule): string | undefined {
  const { listenPorts } = rule;
  if (listenPorts === undefined || isInRanges(port, listenPorts)) return undefined;
  const allowed = listOrNone(listenPorts.map(formatPortRange));
  return `${quoteRule(rule)} doesn't allow the listen port ${port}, but ${allowed}`;
}

/** As `refusalOfListenPort`, for the mode of a port. */
export function refusalOfMode(mode: Intent['mode'], rule: PolicyRule): string | undefined {
  const { modes } = rule;
  if (modes === undefined || modes.includes(mode)) return undefined;
  return `${quoteRule(rule)} doesn't allow ports in ${mode} mode, but ${listOrNone(modes)}`;
}

/** As `refusalOfListenPort`, for a certificate below the certificate folder. */
export function refusalOfCertificate(certificate: string | undefined, rule: PolicyRule): string | undefined {
  const { certificates } = rule;
  if (certificate === undefined || certificates === undefined) return undefined;
  const isAllowed = certificates.some((each) =>
    each.endsWith('/') ? certificate.startsWith(each) : certificate === each,
  );
  if (isAllowed) return undefined;
  return `${quoteRule(rule)} doesn't allow the certificate ${certificate}, but ${listOrNone(certificates)}`;
}

/** Whether a rule allows a listen address. */
export function allowsAddress({ addresses }: PolicyRule, address: string): boolean {
  if (addresses === undefined || addresses.every.includes(address)) return true;
  // `*` is no address, and `::` is one that stands for all of its family.
  const order = address === '::' ? undefined : ipOrder(address);
  if (order === undefined) return false;
  const every = order.startsWith('4') ? '*' : '::';
  return addresses.every.includes(every) || addresses.spans.some((span) => isInSpan(order, span));
}

/** Why a rule doesn't allow these listen addresses; there is at least one. */
export function refusalOfAddresses(refused: readonly string[], rule: PolicyRule): string {
  const allowed = listOrNone(textsOf(rule.addresses));
  return `${quoteRule(rule)} doesn't allow the listen address${refused.length === 1 ? '' : 'es'} ${cutList(refused)}, but ${allowed}`;
}

function textsOf(addresses: ListenAddresses | undefined): readonly string[] {
  return [...(addresses?.every ?? []), ...(addresses?.spans ?? []).map(({ text }) => text)];
}

/** Why a namespace can't have a host name: another rule's grant, or its own rule's list. */
export type NameRefusal = { readonly kind: 'given'; readonly grant: Grant } | { readonly kind: 'not-listed' };

/** Whether the namespaces of a rule may have a host name (`*`: every request that none matches); undefined if they may. */
export function judgeName(name: string, rule: PolicyRule, policy: Policy): NameRefusal | undefined {
  const grant = grantOfName(policy, name);
  if (grant !== undefined) return grant.rules.includes(rule) ? undefined : { kind: 'given', grant };
  if (rule.hostNames !== undefined) return { kind: 'not-listed' };
  const below = policy.below.get(name);
  return below === undefined ? undefined : { kind: 'given', grant: below };
}

/** Names that can't be had, and why, one sentence for each reason. */
export function refusalsOfNames(
  refused: readonly { readonly name: string; readonly refusal: NameRefusal }[],
  rule: PolicyRule,
): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { name, refusal } of refused) {
    const why =
      refusal.kind === 'given'
        ? `${belongTo(refusal.grant)}, and this one goes by ${quoteRule(rule)}`
        : `${quoteRule(rule)} allows ${listOrNone((rule.hostNames ?? []).map(displayHost))}`;
    const names = groups.get(why) ?? [];
    names.push(nameForPeople(name));
    groups.set(why, names);
  }
  return [...groups].map(([why, names]) => `this namespace can't have ${cutList(names)}: ${why}`);
}

function belongTo({ name, rules }: Grant): string {
  return `${nameForPeople(name)} belongs to ${ownersOf(rules)}`;
}

/** `the policy's rule "shop"`, of several rules all of them. */
export function ownersOf(rules: readonly PolicyRule[]): string {
  return cutList(rules.map(quoteRule));
}

export function nameForPeople(name: string): string {
  return name === EVERY_HOST ? 'the requests that no host name matches' : displayHost(name);
}

export function quoteRule({ name }: PolicyRule): string {
  return name === DEFAULT_RULE ? "the policy's default" : `the policy's rule "${name}"`;
}

function listOrNone(items: readonly string[]): string {
  return items.length === 0 ? 'none at all' : cutList(items, SHOWN);
}
