import { sourceKey } from '@kubefigurator/config-model';
import { EVERY_HOST } from '../claims/standing.ts';
import type { Diagnostic } from '../diagnostics/diagnostics.ts';
import { createDiagnostic } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import type { Policy, PolicyRule } from '../snapshot/policy.ts';
import {
  allowsAddress,
  judgeName,
  refusalOfAddresses,
  refusalOfCertificate,
  refusalOfListenPort,
  refusalOfMode,
  refusalsOfNames,
} from './judge-claims.ts';
import type { FindRule } from './rule-finder.ts';

/** What a policy leaves of what Services ask for. */
export interface PolicyPermitted {
  /** In their order; an intent that may have a part of what it asks for has that part alone. */
  readonly intents: readonly Intent[];
  readonly diagnostics: readonly Diagnostic[];
  /** The ports that may have nothing, by `sourceKey`: nothing stays reserved for them. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Leaves out what a policy doesn't allow: a port with another listen port, mode or certificate as a whole, else only its
 * listen addresses and host names that aren't allowed. It goes by what a port asks for, whoever had it before.
 */
export function permitByPolicy(
  intents: readonly Intent[],
  { policy, ruleOf }: { readonly policy: Policy; readonly ruleOf: FindRule },
): PolicyPermitted {
  const diagnostics: Diagnostic[] = [];
  const refused = new Set<string>();
  const permitted = intents.flatMap((intent) => {
    const { left, reasons } = permitIntent(intent, ruleOf(intent.source.namespace), policy);
    if (reasons.length === 0) return [intent];
    diagnostics.push(breachOf(intent, reasons));
    if (left === undefined) refused.add(sourceKey(intent.source));
    return left === undefined ? [] : [left];
  });
  return { intents: diagnostics.length === 0 ? intents : permitted, diagnostics, refused };
}

const ASK = 'ask who runs the load balancers if it needs more';

/** An Event's note has at most 1,024 bytes. */
const MOST_REASONS = 4;

/** The error of a port that breaches a policy, for one or more reasons. */
export function breachOf({ source }: Intent, reasons: readonly string[]): Diagnostic {
  const left = reasons.length - MOST_REASONS;
  const more = left > 0 ? [`and ${left} more reasons`] : [];
  return createDiagnostic({
    code: 'policy-breach',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: [...reasons.slice(0, MOST_REASONS), ...more, ASK].join('; '),
  });
}

interface PermittedIntent {
  /** Undefined if nothing is left. */
  readonly left: Intent | undefined;
  readonly reasons: readonly string[];
}

function permitIntent(intent: Intent, rule: PolicyRule, policy: Policy): PermittedIntent {
  const whole = [
    refusalOfListenPort(intent.bind.port, rule),
    refusalOfMode(intent.mode, rule),
    refusalOfCertificate(intent.tls?.certificate, rule),
  ].filter((reason) => reason !== undefined);
  const names = permitNames(intent, rule, policy);
  const addresses = permitAddressesOf(intent, rule);
  const reasons = [...whole, ...addresses.reasons, ...names.reasons];
  if (reasons.length === 0) return { left: intent, reasons };
  const isLeft = whole.length === 0 && names.left !== undefined && addresses.left !== undefined;
  if (!isLeft) return { left: undefined, reasons };
  const bind = { ...intent.bind, addresses: addresses.left };
  return { left: { ...intent, bind, hosts: names.left }, reasons };
}

/** An http port of which no host name is left isn't served: it would take every request instead. */
function permitNames(
  { mode, hosts }: Intent,
  rule: PolicyRule,
  policy: Policy,
): { readonly left: Intent['hosts'] | undefined; readonly reasons: readonly string[] } {
  if (mode === 'tcp') return { left: hosts, reasons: [] };
  const asked = hosts.length === 0 ? [EVERY_HOST] : hosts.map(({ name }) => name);
  const refused = asked.flatMap((name) => {
    const refusal = judgeName(name, rule, policy);
    return refusal === undefined ? [] : [{ name, refusal }];
  });
  if (refused.length === 0) return { left: hosts, reasons: [] };
  const names = new Set(refused.map(({ name }) => name));
  const left = hosts.filter(({ name }) => !names.has(name));
  return { left: left.length === 0 ? undefined : left, reasons: refusalsOfNames(refused, rule) };
}

function permitAddressesOf(
  { bind: { addresses: asked } }: Intent,
  rule: PolicyRule,
): { readonly left: Intent['bind']['addresses'] | undefined; readonly reasons: readonly string[] } {
  // What a pool gives out is the pool's matter.
  if (asked.kind !== 'addresses') return { left: asked, reasons: [] };
  const left = asked.addresses.filter((address) => allowsAddress(rule, address));
  if (left.length === asked.addresses.length) return { left: asked, reasons: [] };
  const refused = asked.addresses.filter((address) => !left.includes(address));
  const reasons = [refusalOfAddresses(refused, rule)];
  return { left: left.length === 0 ? undefined : { kind: 'addresses', addresses: left }, reasons };
}
