import { ipOrder, isInSpan } from '@kubefigurator/config-model';
import { EVERY_HOST } from '../claims/standing.ts';
import { displayHost } from '../claims/display-host.ts';
import { cutList } from '../diagnostics/lists.ts';
import type { Intent } from '../intent/intent.ts';
import { isInRanges } from '../snapshot/host-ports.ts';
import type { Grant, ListenAddresses, Policy, PolicyRule } from '../snapshot/policy.ts';
import { DEFAULT_RULE } from '../snapshot/policy.ts';
import { formatAllowedPorts } from './listen-ports.ts';
import { grantOfName } from './rule-finder.ts';

/** How many items of a rule a message names. */
const SHOWN = 6;

/** What of a bind a rule judges by its `listenPorts`. */
export interface AskedPort {
  readonly port: number;
  /** Whether HAProxy ends TLS on the bind. */
  readonly tls: boolean;
}

/** Why a rule doesn't allow a listen port with TLS, or without, as a sentence without a full stop; undefined if it does. */
export function refusalOfListenPort({ port, tls }: AskedPort, rule: PolicyRule): string | undefined {
  const { listenPorts } = rule;
  if (listenPorts === undefined) return undefined;
  const entries = listenPorts.filter((entry) => isInRanges(port, [entry]));
  if (entries.some((entry) => entry.tls !== (tls ? 'none' : 'required'))) return undefined;
  const how = entries.length === 0 ? '' : ` ${tls ? 'with' : 'without'} TLS`;
  const allowed = listOrNone(listenPorts.map(formatAllowedPorts));
  return `${quoteRule(rule)} doesn't allow the listen port ${port}${how}, but ${allowed}`;
}

/** As `refusalOfListenPort`, for the mode of a port. */
export function refusalOfMode(mode: Intent['mode'], rule: PolicyRule): string | undefined {
  const { modes } = rule;
  if (modes === undefined || modes.includes(mode)) return undefined;
  return `${quoteRule(rule)} doesn't allow ports in ${mode} mode, but ${listOrNone(modes)}`;
}

/** As `refusalOfListenPort`, for a certificate: its path below the certificate folder, or undefined without TLS. */
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
  // Here, `*` and `::` mean every address of a family, for which only `every` counts.
  const order = address === '::' ? undefined : ipOrder(address);
  if (order === undefined) return false;
  // The order of an address begins with its family: 4 or 6.
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

/** Why a namespace can't have a host name: other rules have it, or the list of its own rule lacks it. */
export type NameRefusal = { readonly kind: 'given'; readonly grant: Grant } | { readonly kind: 'not-listed' };

/** Why the namespaces of a rule can't have a host name (`*`: every request that none matches); undefined if they can. */
export function judgeName(name: string, rule: PolicyRule, policy: Policy): NameRefusal | undefined {
  const grant = grantOfName(policy, name);
  if (grant !== undefined) return grant.rules.includes(rule) ? undefined : { kind: 'given', grant };
  if (rule.hostNames !== undefined) return { kind: 'not-listed' };
  const below = policy.below.get(name);
  return below === undefined ? undefined : { kind: 'given', grant: below };
}

/** One sentence for each reason why names are refused, with the names. */
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

/** `the policy's rule "shop"`; if there are several rules, a list of them. */
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
