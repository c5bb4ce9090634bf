/**
 * The directives of frontend, backend and listen sections that a published text may use: HAProxy 2.6 to 3.2
 * (configuration manual, "Proxy keywords matrix") without those that run code or read files by themselves.
 * Every other directive is refused: one that HAProxy knows and the gate doesn't could run code.
 */
export const PROXY_DIRECTIVES: ReadonlySet<string> = new Set(
  `acl backlog balance bind capture clitcpka-cnt clitcpka-idle clitcpka-intvl compression cookie declare
   default-server default_backend description disabled dispatch email-alert enabled error-log-format errorfile
   errorfiles errorloc errorloc302 errorloc303 filter force-persist fullconn guid hash-balance-factor
   hash-preserve-affinity hash-type http-after-response http-check http-drop-request-trailers
   http-drop-response-trailers http-error http-request http-response http-reuse http-send-name-header id
   ignore-persist log log-format log-format-sd log-steps log-tag max-keep-alive-queue max-session-srv-conns
   maxconn mode monitor monitor-net monitor-uri option persist quic-initial rate-limit redirect retries retry-on
   server server-template source srvtcpka-cnt srvtcpka-idle srvtcpka-intvl stats stick stick-table tcp-check
   tcp-request tcp-response timeout transparent unique-id-format unique-id-header use-fcgi-app use-server
   use_backend`.split(/\s+/),
);

/** Refused everywhere, also in sections of `--allow-section`: these run code, change the process or read files of the host. */
export const REFUSED_DIRECTIVES: ReadonlySet<string> = new Set(
  `account-key backing-file chroot command crt-base external-check insecure-fork-wanted insecure-setuid-wanted key-base load-server-state-from-file lua-load
   lua-load-per-thread lua-prepend-path namespace_list presetenv program resetenv server-state-file-name set-dumpable setenv
   ssl-engine ssl-provider ssl-provider-path unsetenv wurfl-data-file
   51degrees-data-file deviceatlas-json-file h1-case-adjust-file issuers-chain-path pidfile server-state-base
   server-state-file ssl-dh-param-file unix-bind`.split(/\s+/),
);
