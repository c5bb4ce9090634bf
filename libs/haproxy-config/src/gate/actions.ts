import { gateWordList } from './word-list.ts';

/**
 * What may follow `http-request` and its like, HAProxy 2.6 to 3.2: everything but Lua, other code of the host's own,
 * OpenTracing, SPOE and reverse HTTP. HAProxy matches some by prefix, so only `name` and `name(…)` are accepted.
 */
const ACTIONS: ReadonlySet<string> = setOf(
  `accept add-acl add-header allow auth cache-store cache-use capture comment connect del-acl del-header del-map
   deny dgram-drop disable-l7-retry disable-on-404 do-log do-resolve early-hint expect expect-netscaler-cip
   expect-proxy normalize-uri pause redirect reject replace-header replace-path replace-pathq replace-uri
   replace-value retry return sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 send send-binary
   send-binary-lf send-lf send-state set-bandwidth-limit set-bc-mark set-bc-tos set-dst set-dst-port set-fc-mark
   set-fc-tos set-header set-log-level set-map set-mark set-method set-nice set-path set-pathq set-priority-class
   set-priority-offset set-query set-retries set-src set-src-port set-status set-timeout set-tos set-uri set-var
   set-var-fmt silent-drop strict-mode switch-mode tarpit unset-var use-service wait-for-body wait-for-handshake`,
);
/** Actions without the arguments that they need in parentheses: some versions accept them, and then crash. */
const LACKS_ARGUMENTS =
  /^(?:(?:set|del)-map|(?:add|del)-acl|(?:un)?set-var(?:-fmt)?|do-resolve|sc-(?:add|inc|set)-gp[ct][01]?)$/;
const TRACKING = /^track-sc\d{1,3}$/;
/** Directives whose first word is an action; behind `tcp-request` and `tcp-response` a stage stands before it. */
const WITH_ACTION = /^(?:http-request|http-response|http-after-response|http-check|tcp-check|quic-initial)$/;
const STAGED = /^tcp-re(?:quest|sponse)$/;
const STAGES: ReadonlySet<string> = setOf('connection session content');
const SERVICES: ReadonlySet<string> = setOf('prometheus-exporter');

/** `option <name>`, HAProxy 2.6 to 3.2, without those that run programs. */
const OPTIONS: ReadonlySet<string> = setOf(
  `abortonclose accept-invalid-http-request accept-invalid-http-response accept-unsafe-violations-in-http-request
   accept-unsafe-violations-in-http-response allbackups checkcache clitcpka contstats disable-h2-upgrade
   dontlog-normal dontlognull forwarded forwardfor h1-case-adjust-bogus-client h1-case-adjust-bogus-server
   http-buffer-request http-drop-request-trailers http-drop-response-trailers http-ignore-probes http-keep-alive
   http-no-delay http-pretend-keepalive http-restrict-req-hdr-names http-server-close http-use-proxy-header httpchk
   httpclose httplog httpslog idle-close-on-response independent-streams ldap-check log-health-checks
   log-separate-errors logasap mysql-check nolinger originalto persist pgsql-check prefer-last-server redis-check
   redispatch smtpchk socket-stats splice-auto splice-request splice-response spop-check srvtcpka ssl-hello-chk
   tcp-check tcp-smart-accept tcp-smart-connect tcpka tcplog transparent`,
);
/** `filter <name>`, without those that run code, and without `trace`, which copies the traffic to standard output. */
const FILTERS: ReadonlySet<string> = setOf('bwlim-in bwlim-out cache compression fcgi-app spoe');
/** What `stats` may be followed by: nothing that changes servers or answers with files of its own. */
const STATS: ReadonlySet<string> = setOf(
  'auth enable hide-version realm refresh scope show-desc show-legends show-modules show-node uri',
);
/** Other modes answer by themselves (`health`, `haterm`), or are for servers of other protocols than the producer's. */
const MODES: ReadonlySet<string> = setOf('http tcp');
const SECOND_WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['filter', FILTERS],
  ['mode', MODES],
  ['option', OPTIONS],
  ['stats', STATS],
]);

function setOf(text: string): ReadonlySet<string> {
  return new Set(gateWordList(text));
}

/** The first words of a line, if they are refused although the directive alone isn't; otherwise undefined. */
export function refusedBeginning(words: readonly string[]): string | undefined {
  const [directive = '', second = ''] = words;
  if (STAGED.test(directive)) return refusedStage(words);
  const isRefused = WITH_ACTION.test(directive)
    ? isRefusedAction(words.slice(1))
    : SECOND_WORDS.get(directive)?.has(second) === false;
  return isRefused ? `${directive} ${second}` : undefined;
}

function refusedStage(words: readonly string[]): string | undefined {
  const [directive = '', stage = '', action = ''] = words;
  if (stage === 'inspect-delay') return undefined;
  const isRefused = !STAGES.has(stage) || isRefusedAction(words.slice(2));
  return isRefused ? `${directive} ${stage} ${action}` : undefined;
}

function isRefusedAction([word = '', argument = '']: readonly string[]): boolean {
  const name = /^([a-z0-9-]+)(?:\(.*)?$/s.exec(word)?.[1] ?? '';
  if (LACKS_ARGUMENTS.test(word)) return true;
  if (name === 'use-service') return !SERVICES.has(argument);
  return !ACTIONS.has(name) && !TRACKING.test(name);
}
