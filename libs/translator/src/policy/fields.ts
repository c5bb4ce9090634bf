import { parseIp, parseIpSpan } from '@kubefigurator/config-model';
import { EVERY_HOST } from '../claims/standing.ts';
import type { ProxyMode } from '../intent/intent.ts';
import { parseCertificateFile } from '../options/values/certificate-file.ts';
import { parseHostNames } from '../options/values/host-names.ts';
import { defaultServiceLimits } from '../snapshot/limits.ts';
import type { AllowedPorts, ListenAddresses, PolicyRule } from '../snapshot/policy.ts';
import type { DocumentNode, Item, ReportMistake } from './document.ts';
import { describeNode, readList } from './document.ts';
import { contradictingPorts, formatAllowedPorts, readAllowedPorts } from './listen-ports.ts';

/** What reading a field needs besides its value. */
export interface FieldContext {
  /** As in `TranslatorSettings`: it replaces `CLUSTER` in host names. */
  readonly cluster: string;
  readonly report: ReportMistake;
}

/** One field of a rule and of `default`. */
export interface ClaimField {
  readonly name: Exclude<keyof PolicyRule, 'name'>;
  /** The values that it takes, in a few words. */
  readonly takes: string;
  readonly meaning: string;
  readonly read: (node: DocumentNode, context: FieldContext) => Partial<PolicyRule>;
}

/** The largest `maxBinds` and `maxHostNames`. */
const MOST_COUNT = 1_000_000_000;
const EVERY_ADDRESS = ['*', '::'];
const MODES: readonly ProxyMode[] = ['http', 'tcp'];

/** What a rule may limit; the reader of policies and the reference page read this table. */
export const CLAIM_FIELDS: readonly ClaimField[] = [
  {
    name: 'addresses',
    takes: 'list of addresses, networks (`10.0.0.0/24`), ranges (`10.0.0.5-10.0.0.9`), `*` and `::`',
    meaning:
      'The listen addresses. `*` allows every IPv4 address, and to listen on all of them at once, which a network never does; `::` is the same for IPv6.',
    read: (node, { report }) => ruleWith('addresses', addressesIn(node, report)),
  },
  {
    name: 'listenPorts',
    takes: 'list of ports and ranges (`8000-8999`), each alone or with `/tls` or `/plain` behind it',
    meaning:
      'The listen ports. `443/tls` allows the port only if HAProxy ends TLS there, `80/plain` only if it does not, and `8443` both. All ports of one bind have TLS or none has, so a port without `/tls` is one that a namespace can take from all who want TLS there, and the other way round.',
    read: (node, { report }) => ruleWith('listenPorts', listenPortsIn(node, report)),
  },
  {
    name: 'modes',
    takes: 'list of `http` and `tcp`',
    meaning:
      'The modes (`haproxy-mode`). A tcp port takes every connection to its bind, whatever name a client asks for.',
    read: (node, { report }) => ruleWith('modes', readList(node, 'modes', { read: readMode, report })),
  },
  {
    name: 'hostNames',
    takes: 'list of host names, `*.x.y` for all names below `x.y`, and `*`',
    meaning:
      'The host names, which no other namespace gets, on whichever bind: a name belongs to the rules with the longest entry for it. `*` stands for http ports without `hostname`. The first `CLUSTER` in a name is replaced by `--cluster`. Names of ports in tcp mode aren’t compared.',
    read: (node, context) => ruleWith('hostNames', hostNamesIn(node, context)),
  },
  {
    name: 'certificates',
    takes: 'list of files below `--certificate-dir`; `shop/` for all files below that folder',
    meaning: 'The certificates, also those that are named after a host name.',
    read: (node, { report }) =>
      ruleWith('certificates', readList(node, 'certificates', { read: readCertificate, report })),
  },
  {
    name: 'maxBinds',
    takes: 'number',
    meaning:
      'How many binds (listen address and port) one namespace may have. What is served unchanged comes first, then the oldest Service.',
    read: (node, { report }) => ruleWith('maxBinds', countIn(node, 'maxBinds', report)),
  },
  {
    name: 'maxHostNames',
    takes: 'number',
    meaning: 'How many host names one namespace may have, over all binds, in the same order.',
    read: (node, { report }) => ruleWith('maxHostNames', countIn(node, 'maxHostNames', report)),
  },
];

/** A rule with this field alone; an empty one if the value couldn't be read. */
function ruleWith<Name extends ClaimField['name']>(
  name: Name,
  value: PolicyRule[Name] | undefined,
): Partial<PolicyRule> {
  return value === undefined ? {} : { [name]: value };
}

function addressesIn(node: DocumentNode, report: ReportMistake): ListenAddresses | undefined {
  const read = (text: string): Item<string> => {
    if (EVERY_ADDRESS.includes(text) || parseIpSpan(text) !== undefined) return { value: text };
    // An address before the slash: as in 10.0.0.1/24, there are probably bits set behind the prefix.
    const isAddress = parseIp(text.split('/')[0] ?? '') !== undefined;
    const hint = isAddress ? ' without bits behind its prefix' : '';
    return {
      reason: `is no address, network or range${hint}: write 10.0.0.1, 10.0.0.0/24, 10.0.0.5-10.0.0.9 or "*"`,
    };
  };
  const items = readList(node, 'addresses', { read, report });
  if (items === undefined) return undefined;
  return {
    every: EVERY_ADDRESS.filter((every) => items.includes(every)),
    spans: items.flatMap((item) => (EVERY_ADDRESS.includes(item) ? [] : (parseIpSpan(item) ?? []))),
  };
}

function listenPortsIn(node: DocumentNode, report: ReportMistake): readonly AllowedPorts[] | undefined {
  const ports = readList(node, 'listenPorts', { read: readAllowedPorts, report });
  const [first, second] = contradictingPorts(ports ?? []) ?? [];
  if (first === undefined || second === undefined) return ports;
  const texts = `${formatAllowedPorts(first)} and ${formatAllowedPorts(second)}`;
  report(node.line, `listenPorts holds ${texts}, which say different things about one port: split the range`);
  return ports;
}

function readMode(text: string): Item<ProxyMode> {
  const found = MODES.find((each) => each === text);
  return found === undefined ? { reason: 'is no mode: write http or tcp' } : { value: found };
}

function hostNamesIn(node: DocumentNode, { cluster, report }: FieldContext): readonly string[] | undefined {
  return readList(node, 'hostNames', { read: (text) => readHostName(text, cluster), report });
}

const NO_HOST_NAME = 'is no host name: write one name, or "*." and a name for all names below it';

function readHostName(text: string, cluster: string): Item<string> {
  if (text === EVERY_HOST) return { value: text };
  if (text === '' || text.includes(',')) return { reason: NO_HOST_NAME };
  const parsed = parseHostNames(text, { cluster, limits: defaultServiceLimits });
  if (!parsed.ok) return { reason: parsed.code === 'missing-cluster-name' ? parsed.reason : NO_HOST_NAME };
  const [first] = parsed.value.patterns;
  return first === undefined ? { reason: NO_HOST_NAME } : { value: first.name };
}

function readCertificate(text: string): Item<string> {
  const isFolder = text.endsWith('/');
  const parsed = parseCertificateFile(isFolder ? text.slice(0, -1) : text);
  return parsed.ok ? { value: isFolder ? `${parsed.value}/` : parsed.value } : { reason: parsed.reason };
}

function countIn(node: DocumentNode, what: string, report: ReportMistake): number | undefined {
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_COUNT) return value;
  report(node.line, `${what} must be a whole number from 0 on, not ${describeNode(node)}`);
  return undefined;
}
