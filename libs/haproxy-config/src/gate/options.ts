import { quoteConfigWord } from './quote.ts';
import { gateWordList } from './word-list.ts';

/** How the value behind an option is written. */
export type ValueKind = 'word' | 'name' | 'number' | 'time' | 'file' | 'address';

/** Options by name: undefined for one that stands alone, else the kind of its one value. */
export type OptionTable = ReadonlyMap<string, ValueKind | undefined>;

/**
 * Options of `bind` that a published text may use, HAProxy 2.6 to 3.2. Not among them are those for sockets of the
 * host (`level`, `expose-fd`, `user`, `mode` …), network namespaces, certificates made on the fly, and reverse HTTP.
 */
export const BIND_OPTIONS = tableOf({
  alone: `accept-proxy allow-0rtt defer-accept force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-alpn
    no-ca-names no-sslv3 no-strict-sni no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12 no-tlsv13
    prefer-client-ciphers quic-force-retry ssl strict-sni tfo tls-tickets transparent v4v6 v6only`,
  word: `alpn ca-ignore-err ciphers ciphersuites client-sigalgs crt-ignore-err curves ecdhe npn sigalgs`,
  name: `guid-prefix interface label name proto quic-cc-algo quic-socket shards ssl-max-ver ssl-min-ver thread
    verify`,
  number: 'accept-netscaler-cip backlog id maxconn mss nice',
  time: 'idle-ping tcp-ut',
  file: 'ca-file ca-verify-file crl-file crt crt-list default-crt tls-ticket-keys',
});

/** The same for `server`, `server-template` and `default-server`; `usesrc` and `interface` stand behind `source`. */
export const SERVER_OPTIONS = tableOf({
  alone: `agent-check allow-0rtt backup check check-reuse-pool check-send-proxy check-ssl check-via-socks4 disabled
    enabled force-tlsv10 force-tlsv11 force-tlsv12 force-tlsv13 no-agent-check no-backup no-check
    no-check-reuse-pool no-check-send-proxy no-check-ssl no-send-proxy no-send-proxy-v2 no-send-proxy-v2-ssl
    no-send-proxy-v2-ssl-cn no-ssl no-ssl-reuse no-sslv3 no-tfo no-tls-tickets no-tlsv10 no-tlsv11 no-tlsv12
    no-tlsv13 non-stick send-proxy send-proxy-v2 send-proxy-v2-ssl send-proxy-v2-ssl-cn ssl ssl-reuse stick
    strict-maxconn tfo tls-tickets`,
  word: `agent-send alpn check-alpn check-pool-conn-name check-sni ciphers ciphersuites client-sigalgs cookie curves
    init-addr npn pool-conn-name proxy-v2-options redir resolve-net resolve-opts sigalgs sni track`,
  name: `check-proto guid hash-key init-state interface log-proto observe on-error on-marked-down on-marked-up proto
    resolve-prefer resolvers ssl-max-ver ssl-min-ver verify verifyhost ws`,
  number: `agent-port error-limit fall id max-reuse maxconn maxqueue minconn pool-low-conn pool-max-conn port rise
    shard weight`,
  time: 'agent-inter downinter fastinter idle-ping inter pool-purge-delay slowstart tcp-ut',
  file: 'ca-file crl-file crt',
  address: 'addr agent-addr socks4 source usesrc',
});

function tableOf({ alone = '', ...valued }: Partial<Record<ValueKind | 'alone', string>>): OptionTable {
  const table = new Map<string, ValueKind | undefined>();
  for (const option of gateWordList(alone)) table.set(option, undefined);
  for (const [kind, options] of Object.entries(valued)) {
    for (const option of gateWordList(options)) table.set(option, kind as ValueKind);
  }
  return table;
}

interface OptionLine {
  readonly table: OptionTable;
  /** How many words come before the options. */
  readonly from: number;
}

const LINES: ReadonlyMap<string, OptionLine> = new Map([
  ['bind', { table: BIND_OPTIONS, from: 2 }],
  ['default-bind', { table: BIND_OPTIONS, from: 1 }],
  ['dgram-bind', { table: BIND_OPTIONS, from: 2 }],
  ['default-server', { table: SERVER_OPTIONS, from: 1 }],
  ['server', { table: SERVER_OPTIONS, from: 3 }],
  ['server-template', { table: SERVER_OPTIONS, from: 4 }],
]);

/** The one option with arguments in parentheses. HAProxy takes any other with `(…)`, too; the gate doesn't. */
const WITH_ARGUMENTS = /^set-proxy-v2-tlv-fmt\(0x[0-9A-Fa-f]{1,2}\)$/;
const VALUES: Readonly<Partial<Record<ValueKind, { readonly pattern: RegExp; readonly says: string }>>> = {
  name: { pattern: /^[A-Za-z0-9_.:/,-]{1,255}$/, says: 'a plain word' },
  number: { pattern: /^-?\d{1,9}$/, says: 'a number of at most nine digits' },
  time: { pattern: /^\d{1,10}(?:us|ms|[smhd])?$/, says: 'a time' },
};

/** An option as it stands on a line; `value` is undefined if it takes none. */
export interface GivenOption {
  readonly option: string;
  readonly kind: ValueKind | undefined;
  readonly value: string | undefined;
}

/** The options of a line up to the first that isn't allowed, and the findings about them. */
export interface OptionsRead {
  readonly given: readonly GivenOption[];
  readonly findings: readonly string[];
}

/** Undefined for a line without a list of options. In such a list, only the position tells an option from a value. */
export function readOptionsOfLine(words: readonly string[]): OptionsRead | undefined {
  const line = LINES.get(words[0] ?? '');
  if (line === undefined) return undefined;
  const given: GivenOption[] = [];
  for (let at = line.from; at < words.length;) {
    const option = words[at] ?? '';
    const kind = kindOf(option, line.table);
    if (kind === 'unknown')
      return { given, findings: [`${quoteConfigWord(option)} is no option that a published text may use`] };
    given.push({ option, kind, value: kind === undefined ? undefined : words[at + 1] });
    at += kind === undefined ? 1 : 2;
  }
  const misleading = line.table === BIND_OPTIONS ? given.flatMap(misleadingValue) : [];
  return { given, findings: [...given.flatMap(wrongValue), ...misleading] };
}

function kindOf(option: string, table: OptionTable): ValueKind | undefined | 'unknown' {
  if (table === SERVER_OPTIONS && WITH_ARGUMENTS.test(option)) return 'word';
  return table.has(option) ? table.get(option) : 'unknown';
}

/** Options of `bind` that the agent finds anywhere on a line, so that a value spelled like one would mislead it. */
const LOOKED_FOR: ReadonlySet<string> = new Set([
  ...[...BIND_OPTIONS].flatMap(([option, kind]) => (kind === 'file' ? [option] : [])),
  'transparent',
  'v4v6',
  'v6only',
]);

function misleadingValue({ option, value = '' }: GivenOption): string[] {
  return LOOKED_FOR.has(value) ? [`${option} ${quoteConfigWord(value)}: the value is an option itself`] : [];
}

function wrongValue({ option, kind, value }: GivenOption): string[] {
  if (kind === undefined) return [];
  if (value === undefined) return [`${quoteConfigWord(option)} lacks its value`];
  const expected = VALUES[kind];
  return expected === undefined || expected.pattern.test(value)
    ? []
    : [`${option} ${quoteConfigWord(value)}: not ${expected.says}`];
}
