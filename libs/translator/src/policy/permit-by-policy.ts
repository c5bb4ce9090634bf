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
  /** In their order; of an intent that may have only a part of what it asks for, that part. */
  readonly intents: readonly Intent[];
  readonly diagnostics: readonly Diagnostic[];
  /** The ports that may have nothing, by `sourceKey`: nothing stays reserved for them. */
  readonly refused: ReadonlySet<string>;
}

/**
 * Leaves out what a policy doesn't allow: the whole port if its listen port, TLS, mode or certificate isn't allowed, otherwise
 * only the listen addresses and host names that aren't. It makes no difference what the port has had before.
 */
export function permitByPolicy(
  intents: readonly Intent[],
  { policy, ruleOf }: { readonly policy: Policy; readonly ruleOf: FindRule },
): PolicyPermitted {
  const diagnostics: Diagnostic[] = [];
  const refused = new Set<string>();
  const permitted = intents.flatMap((intent) => {
    const { allowed, reasons } = permitIntent(intent, ruleOf(intent.source.namespace), policy);
    if (reasons.length === 0) return [intent];
    diagnostics.push(breachOf(intent, reasons));
    if (allowed === undefined) refused.add(sourceKey(intent.source));
    return allowed === undefined ? [] : [allowed];
  });
  return { intents: diagnostics.length === 0 ? intents : permitted, diagnostics, refused };
}

const ASK = 'ask who runs the load balancers if it needs more';

/** How many reasons a message gives: the note of an Event has at most 1,024 bytes. */
const MOST_REASONS = 4;

/** The error of a port that breaches a policy, for one or more reasons. */
export function breachOf({ source }: Intent, reasons: readonly string[]): Diagnostic {
  const hidden = reasons.length - MOST_REASONS;
  const more = hidden > 0 ? [`and ${hidden} more reasons`] : [];
  return createDiagnostic({
    code: 'policy-breach',
    object: { kind: 'Service', namespace: source.namespace, name: source.service },
    port: source.port,
    message: [...reasons.slice(0, MOST_REASONS), ...more, ASK].join('; '),
  });
}

interface PermittedIntent {
  /** Undefined if nothing is allowed. */
  readonly allowed: Intent | undefined;
  readonly reasons: readonly string[];
}

function permitIntent(intent: Intent, rule: PolicyRule, policy: Policy): PermittedIntent {
  const wholePort = [
    refusalOfListenPort({ port: intent.bind.port, tls: intent.tls !== undefined }, rule),
    refusalOfMode(intent.mode, rule),
    refusalOfCertificate(intent.tls?.certificate, rule),
  ].filter((reason) => reason !== undefined);
  const names = permitNames(intent, rule, policy);
  const addresses = permitAddressesOf(intent, rule);
  const reasons = [...wholePort, ...addresses.reasons, ...names.reasons];
  if (reasons.length === 0) return { allowed: intent, reasons };
  const hasPart = wholePort.length === 0 && names.allowed !== undefined && addresses.allowed !== undefined;
  if (!hasPart) return { allowed: undefined, reasons };
  const bind = { ...intent.bind, addresses: addresses.allowed };
  return { allowed: { ...intent, bind, hosts: names.allowed }, reasons };
}

/** If no host name of an http port is allowed, nothing is: without names the port would take every request. */
function permitNames(
  { mode, hosts }: Intent,
  rule: PolicyRule,
  policy: Policy,
): { readonly allowed: Intent['hosts'] | undefined; readonly reasons: readonly string[] } {
  if (mode === 'tcp') return { allowed: hosts, reasons: [] };
  const asked = hosts.length === 0 ? [EVERY_HOST] : hosts.map(({ name }) => name);
  const refused = asked.flatMap((name) => {
    const refusal = judgeName(name, rule, policy);
    return refusal === undefined ? [] : [{ name, refusal }];
  });
  if (refused.length === 0) return { allowed: hosts, reasons: [] };
  const refusedNames = new Set(refused.map(({ name }) => name));
  const allowed = hosts.filter(({ name }) => !refusedNames.has(name));
  return { allowed: allowed.length === 0 ? undefined : allowed, reasons: refusalsOfNames(refused, rule) };
}

function permitAddressesOf(
  { bind: { addresses: asked } }: Intent,
  rule: PolicyRule,
): { readonly allowed: Intent['bind']['addresses'] | undefined; readonly reasons: readonly string[] } {
  // The rule limits only addresses that a Service names, not those that a pool gives out.
  if (asked.kind !== 'addresses') return { allowed: asked, reasons: [] };
  const allowed = asked.addresses.filter((address) => allowsAddress(rule, address));
  if (allowed.length === asked.addresses.length) return { allowed: asked, reasons: [] };
  const refused = asked.addresses.filter((address) => !allowed.includes(address));
  const reasons = [refusalOfAddresses(refused, rule)];
  return { allowed: allowed.length === 0 ? undefined : { kind: 'addresses', addresses: allowed }, reasons };
}
