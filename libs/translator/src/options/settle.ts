import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Intent, Naming, ProxyMode, ServerTls, TlsIntent } from '../intent/intent.ts';
import { ANY_IPV4 } from '../intent/intent.ts';
import type { PortRange } from '../snapshot/host-ports.ts';
import { formatPortRange, isInRanges } from '../snapshot/host-ports.ts';
import type { TranslatorSettings } from '../snapshot/settings.ts';
import type { AppProtocol } from './app-protocols.ts';
import { findAppProtocol, unknownAppProtocol } from './app-protocols.ts';
import type { Draft } from './draft.ts';
import type { Option, Setting } from './option.ts';

const DEFAULT_PORT = 443;
const ROUNDROBIN = ['roundrobin'] as const;

/** The parsed value of one option of a port. */
export interface OptionSetting {
  readonly option: Option;
  readonly setting: Setting;
}

/** The intent of a port and perhaps warnings; or, without an intent, the one complaint that says why. */
export interface Settled {
  readonly intent?: Intent;
  readonly complaints: readonly Complaint[];
}

/** A port with all of its options, also those without an effect in its mode. */
export interface PortDraft {
  /** Before any option is applied. */
  readonly draft: Draft;
  readonly settings: readonly OptionSetting[];
  /** After all of them are applied. */
  readonly whole: Draft;
}

/** Applies the options of one port. */
export function draftPort(draft: Draft, settings: readonly OptionSetting[]): PortDraft {
  return { draft, settings, whole: applyAll(draft, settings) };
}

/** Puts the defaults in, and checks the rules between options. */
export function settleOptions(
  { draft, settings, whole }: PortDraft,
  translatorSettings: TranslatorSettings,
): Settled {
  // Which options have an effect depends on the mode, and the mode is an option itself.
  const mode = whole.mode ?? 'http';
  const inMode = ({ setting }: OptionSetting): boolean => setting.modes.includes(mode);
  const asked = settings.every(inMode) ? whole : applyAll(draft, settings.filter(inMode));
  const front = frontOf(asked, mode);
  const refusal = refusalOf(asked, front, translatorSettings);
  if (refusal !== undefined) return { complaints: [refusal] };
  return {
    intent: intentOf(asked, front, translatorSettings),
    complaints: [
      ...settings
        .filter((each) => !inMode(each))
        .map(({ option }): Complaint => ({ code: 'ineffective-option', message: option.ineffective })),
      ...complainOfProtocol(asked, mode),
    ],
  };
}

/** The side of a port to the clients, with the defaults in; the rules between options are about these. */
interface Front {
  readonly mode: ProxyMode;
  readonly port: number;
  readonly tlsOn: boolean;
  /** Undefined without TLS, and if no option names a certificate. */
  readonly tls: TlsIntent | undefined;
}

function frontOf(draft: Draft, mode: ProxyMode): Front {
  const tlsOn = draft.tls.on ?? mode === 'http';
  return { mode, port: draft.bind.port ?? DEFAULT_PORT, tlsOn, tls: tlsOn ? tlsOf(draft) : undefined };
}

function intentOf(
  draft: Draft,
  { mode, port, tlsOn, tls }: Front,
  translatorSettings: TranslatorSettings,
): Intent {
  const { source, servers, bind, hosts, backend } = draft;
  const http2 = mode === 'http' && protocolOf(draft)?.http2 === true;
  return {
    source,
    mode,
    bind: { addresses: { kind: 'addresses', addresses: bind.addresses ?? [ANY_IPV4] }, port },
    hosts: mode === 'http' ? (hosts?.patterns ?? []) : [],
    ...sharedWildcard(draft),
    tls,
    backend: {
      balance: backend.balance ?? ROUNDROBIN,
      tls: serverTlsOf(draft, { mode, tlsOn }, translatorSettings),
      ...(http2 && { http2 }),
      directives: backend.directives,
    },
    servers,
  };
}

function sharedWildcard({ wildcard }: Draft): Pick<Intent, 'wildcard'> {
  return wildcard === 'shared' ? { wildcard } : {};
}

/** What a port names; `unreadable` are the names of the options whose values can't be read. */
export function namingOf({ whole }: PortDraft, unreadable: ReadonlySet<string>): Naming {
  const { source, bind, hosts } = whole;
  const isHostnameEmpty = hosts?.first === '';
  const areHostsKnown = !isHostnameEmpty && !unreadable.has('hostname');
  return {
    source,
    addresses: unreadable.has('listen-ip') ? undefined : (bind.addresses ?? [ANY_IPV4]),
    port: unreadable.has('listen-port') ? undefined : (bind.port ?? DEFAULT_PORT),
    hosts: areHostsKnown ? (hosts?.patterns ?? []) : undefined,
    ...sharedWildcard(whole),
  };
}

function applyAll(draft: Draft, settings: readonly OptionSetting[]): Draft {
  return settings.reduce((current, { setting }) => setting.apply(current), draft);
}

/** Why a port can't be served although each of its options parses: the first reason; undefined if there is none. */
function refusalOf(draft: Draft, front: Front, settings: TranslatorSettings): Complaint | undefined {
  const portRefusal = refusalByPortSettings(front.port, settings);
  if (portRefusal !== undefined) return portRefusal;
  if (front.mode === 'http' && draft.hosts?.first === '') return EMPTY_HOST;
  return front.tlsOn && front.tls === undefined ? NO_CERTIFICATE : undefined;
}

function tlsOf({ tls, hosts }: Draft): TlsIntent | undefined {
  if (tls.certificate !== undefined) return { certificate: tls.certificate };
  const first = hosts?.first ?? '';
  return first === '' ? undefined : { certificate: `${first}.pem` };
}

function serverTlsOf(
  draft: Draft,
  front: Pick<Front, 'mode' | 'tlsOn'>,
  settings: TranslatorSettings,
): ServerTls | undefined {
  const { backend } = draft;
  const hasTls = backend.tls ?? defaultServerTls(draft, front);
  if (!hasTls) return undefined;
  const named = backend.serverName === undefined ? {} : { name: backend.serverName };
  return backend.verify === true
    ? { verify: 'required', caFile: settings.backendCaFile, ...named }
    : { verify: 'none', ...named };
}

/** As `appProtocol` says, else as on the bind. A tcp bind without TLS passes on the clients' own TLS: there, always false. */
function defaultServerTls(draft: Draft, { mode, tlsOn }: Pick<Front, 'mode' | 'tlsOn'>): boolean {
  const asked = protocolOf(draft)?.serverTls ?? tlsOn;
  return mode === 'http' ? asked : asked && tlsOn;
}

function protocolOf({ appProtocol }: Draft): AppProtocol | undefined {
  return appProtocol === undefined ? undefined : findAppProtocol(appProtocol);
}

/** A warning about an `appProtocol` that we don't know; none in tcp mode, where HAProxy passes on any protocol. */
function complainOfProtocol(draft: Draft, mode: ProxyMode): Complaint[] {
  const { appProtocol } = draft;
  return mode === 'tcp' || appProtocol === undefined || protocolOf(draft) !== undefined
    ? []
    : [unknownAppProtocol(appProtocol)];
}

/** Why no Service may have this listen port; undefined if the operator allows it. */
export function refusalByPortSettings(
  port: number,
  { reservedPorts, listenPorts }: Pick<TranslatorSettings, 'reservedPorts' | 'listenPorts'>,
): Complaint | undefined {
  if (reservedPorts.includes(port)) return reserved(port);
  return listenPorts.length === 0 || isInRanges(port, listenPorts)
    ? undefined
    : notAllowed(port, listenPorts);
}

function notAllowed(port: number, allowed: readonly PortRange[]): Complaint {
  const list = allowed.map(formatPortRange).join(',');
  return {
    code: 'port-not-allowed',
    message: `port ${port} is not one that Services may have (--listen-ports ${list}): choose another listen-port`,
  };
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
