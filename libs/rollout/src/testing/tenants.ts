import type { Blame, SourceComment } from '@kubefigurator/config-model';
import { CONFIG_HEADER, formatSourceComment, uniqueSources } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { KeyReading } from '../wanted.ts';

/** A port of a tenant's Service. */
export interface TenantPort {
  readonly namespace: string;
  readonly service: string;
  readonly port: string;
  /** True if it shares the bind of all https ports, with a certificate of its own. */
  readonly isShared: boolean;
  /**
   * What HAProxy finds wrong: a line of the backend, the certificate (of several wrong ones on a line it names the first
   * one), something for which it names nobody, or something that makes its check slow.
   */
  readonly fault?: 'line' | 'certificate' | 'unnamed' | 'slow' | undefined;
  /** With another number, the backend has another line. */
  readonly version?: number;
}

export function portName({
  namespace,
  service,
  port,
}: Pick<TenantPort, 'namespace' | 'service' | 'port'>): string {
  return `${namespace}-${service}-${port}`;
}

/** A published text as the producer writes it. */
export function tenantsText(
  revision: string,
  ports: readonly TenantPort[],
): Extract<KeyReading, { kind: 'published' }> {
  const shared = ports.filter(({ isShared }) => isShared);
  const own = ports.filter(({ isShared }) => !isShared);
  const sections = [
    ...(shared.length > 0 ? [sharedFrontend(shared)] : []),
    ...own.map((port) =>
      [
        formatSourceComment(port),
        `frontend ${portName(port)}`,
        `  bind *:${9000 + numberOf(portName(port))}`,
        `  default_backend ${portName(port)}`,
      ].join('\n'),
    ),
    ...ports.map(backend),
  ];
  return {
    kind: 'published',
    published: { revision, text: `${CONFIG_HEADER}\n\n${sections.join('\n\n')}\n` },
  };
}

function sharedFrontend(ports: readonly TenantPort[]): string {
  const fileOf = (port: TenantPort): string =>
    `/ssl/${portName(port)}${port.fault === 'certificate' ? '.broken' : ''}.pem`;
  return [
    ...ports.map(formatSourceComment),
    'frontend shared',
    ...ports.map((port) => `  ${formatSourceComment({ ...port, certificate: fileOf(port) })}`),
    `  bind *:443 ssl ${ports.map((port) => `crt ${fileOf(port)}`).join(' ')}`,
    '  http-request set-var(txn.host) req.hdr(host)',
    ...ports.flatMap((port) => [
      `  ${formatSourceComment(port)}`,
      `  use_backend ${portName(port)} if { var(txn.host) -m str ${portName(port)} }`,
    ]),
  ].join('\n');
}

/** The path of the check in a backend, by what is wrong with it. */
const PATHS = {
  none: '/',
  line: '/refused',
  certificate: '/',
  unnamed: '/unnamed',
  slow: '/slow',
} as const;

function backend(port: TenantPort): string {
  const path = PATHS[port.fault ?? 'none'];
  return [
    formatSourceComment(port),
    `backend ${portName(port)}`,
    `  option httpchk GET ${path}`,
    `  retries ${String(port.version ?? 3)}`,
    '  server n 10.0.0.1:30080 check',
  ].join('\n');
}

/** A number below 50,000 that depends on the name alone; two names may share one, since no bind is probed here. */
function numberOf(name: string): number {
  let number = 0;
  for (const character of name) number = (number * 31 + character.charCodeAt(0)) % 50_000;
  return number;
}

/** HAProxy's check stops after so many messages. */
const MOST_MESSAGES = 50;

/** A model of HAProxy's check: it names 50 lines at most, one certificate of a line, and nobody for some faults. */
export function checkOf(text: string): readonly Blame[] {
  const blame: Blame[] = [];
  for (const { head, lines } of parseConfigText(text).sections) {
    for (const { words, sources } of lines) {
      const own = sources.length > 0 ? sources : head.sources;
      const wrong = words[0] === 'bind' ? words.find((word) => word.endsWith('.broken.pem')) : undefined;
      if (wrong !== undefined)
        blame.push(
          refusal(
            own.filter(({ certificate }) => certificate === wrong),
            wrong,
          ),
        );
      if (words.includes('/refused')) blame.push(refusal(own, `refused in ${head.words[1] ?? ''}`));
      if (words.includes('/unnamed')) blame.push({ sources: [], message: 'out of something' });
      if (blame.length >= MOST_MESSAGES) return blame;
    }
  }
  return blame;
}

function refusal(sources: readonly SourceComment[], message: string): Blame {
  return { sources: uniqueSources(sources), message };
}
