import type { ProxyMode, ServerTls, SourceRef } from '@kubefigurator/config-model';
import type { OptionValues } from './annotations.ts';
import { ANY_IPV4 } from './listen-address.ts';
import type { Complaint } from './options.ts';
import type { TranslatorSettings } from './settings.ts';
import type { PortRecord, ServiceRecord } from './snapshot.ts';
import type { PortIntent } from './translation.ts';

const DEFAULT_PORT = 443;
const ROUNDROBIN = ['roundrobin'] as const;

/** What a port comes to: an intent, or none and the reason; and perhaps a warning. */
export interface IntentResult {
  readonly intent?: PortIntent;
  readonly finding: Complaint | undefined;
}

interface PortContext {
  readonly source: SourceRef;
  readonly service: ServiceRecord;
  readonly port: PortRecord & { readonly nodePort: number };
  readonly settings: TranslatorSettings;
}

/** What the rules between options are about, with the defaults in. */
interface Front {
  readonly mode: ProxyMode;
  readonly port: number;
  readonly tls: boolean;
  readonly certificate: string | undefined;
}

/** Puts the defaults in and holds the rules between options. */
export function createIntent(options: OptionValues, context: PortContext): IntentResult {
  const { settings } = context;
  const front = frontOf(options);
  const refusal = refuse(front, options, settings);
  if (refusal !== undefined) return { finding: refusal };
  const { mode, port, tls, certificate } = front;
  const { balance, finding } = balanceOf(options, mode);
  const intent: PortIntent = {
    source: context.source,
    mode,
    addresses: options['listen-ip'] ?? [ANY_IPV4],
    port,
    certificate,
    hosts: hostsOf(options, mode),
    balance,
    serverTls: serverTlsOf(options, tls, settings),
    family: context.service.ipFamilies[0] ?? 'IPv4',
    nodePort: context.port.nodePort,
  };
  return { intent, finding };
}

function frontOf(options: OptionValues): Front {
  const mode = options['haproxy-mode'] ?? 'http';
  const tls = options['use-ssl'] ?? mode === 'http';
  const certificate = tls ? certificateOf(options) : undefined;
  return { mode, port: options['listen-port'] ?? DEFAULT_PORT, tls, certificate };
}

/** Why a port can't be served although each of its options parses. */
function refuse(front: Front, options: OptionValues, settings: TranslatorSettings): Complaint | undefined {
  if (settings.reservedPorts.includes(front.port)) return reserved(front.port);
  if (front.mode === 'http' && options.hostname?.first === '') return EMPTY_HOST;
  return front.tls && front.certificate === undefined ? NO_CERTIFICATE : undefined;
}

function balanceOf(
  options: OptionValues,
  mode: ProxyMode,
): { balance: readonly string[]; finding: Complaint | undefined } {
  const balance = options['backends-balance-method'];
  if (balance === undefined) return { balance: ROUNDROBIN, finding: undefined };
  return mode === 'tcp' && balance.needsHttp
    ? { balance: ROUNDROBIN, finding: INEFFECTIVE_BALANCE }
    : { balance: balance.words, finding: undefined };
}

function hostsOf(options: OptionValues, mode: ProxyMode): PortIntent['hosts'] {
  return mode === 'http' ? (options.hostname?.patterns ?? []) : [];
}

function certificateOf(options: OptionValues): string | undefined {
  const named = options['ssl-certificate'];
  if (named !== undefined) return named;
  const first = options.hostname?.first ?? '';
  return first === '' ? undefined : `${first}.pem`;
}

function serverTlsOf(
  options: OptionValues,
  frontTls: boolean,
  settings: TranslatorSettings,
): ServerTls | undefined {
  if (!(options['backends-use-ssl'] ?? frontTls)) return undefined;
  const name = options['backends-server-name'];
  const named = name === undefined ? {} : { name };
  return options['backends-verify-ssl'] === true
    ? { verify: 'required', caFile: settings.backendCaFile, ...named }
    : { verify: 'none', ...named };
}

function reserved(port: number): Complaint {
  return {
    code: 'reserved-port',
    message: `port ${port} is kept for the hosts themselves (--reserved-port): choose another listen-port`,
  };
}

const NO_CERTIFICATE: Complaint = {
  code: 'no-certificate-name',
  message: 'TLS is on, but no certificate is named: set hostname or ssl-certificate, or use-ssl to "false"',
};

/** An empty name must not turn a port into the one that takes every request. */
const EMPTY_HOST: Complaint = {
  code: 'invalid-value',
  message:
    'hostname is empty: write a host name, or leave the annotation out and the port takes every host; the port is left out',
};

const INEFFECTIVE_BALANCE: Complaint = {
  code: 'ineffective-option',
  message:
    'backends-balance-method names an algorithm that reads http requests, and the port is tcp: roundrobin is used',
};
