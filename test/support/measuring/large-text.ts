import { CONFIG_HEADER, formatSourceComment } from '@kubefigurator/config-model';
import { openConfigStore } from '@kubefigurator/etcd-store';
import type { ConfigStore } from '@kubefigurator/etcd-store';
import { createLogger } from '@kubefigurator/daemon';
import { DEFAULT_PATH } from '../etcd/etcd.ts';
import type { LoadBalancerHost } from '../fleet/host.ts';
import type { WaitOptions } from '../sandbox/wait.ts';
import { waitFor, when } from '../sandbox/wait.ts';

export interface LargeText {
  readonly services: number;
  readonly nodes: number;
  /** Whether the backend in the middle has one more server. */
  readonly extraServer?: boolean;
  /** Changes the host name in the first rule, which needs a reload. */
  readonly version?: number;
}

/** The backend whose extra server is added and removed; a text with fewer than 501 Services doesn't have it. */
const CHANGED_BACKEND = 'service-500';

/** A text like the producer's, but without health checks, because 50,000 checks would dominate the measurement. */
export function largeText({ services, nodes, extraServer = false, version = 0 }: LargeText): string {
  const names = Array.from({ length: services }, (_, index) => `service-${String(index)}`);
  const comment = (service: string): string =>
    formatSourceComment({ namespace: 'default', service, port: 'web' });
  const frontend = [
    'frontend web',
    '  mode http',
    '  bind *:8080',
    ...names.flatMap((name, index) => [
      `  ${comment(name)}`,
      `  use_backend ${name} if { req.hdr(host) -m str ${name}-v${String(index === 0 ? version : 0)}.example.com }`,
    ]),
  ];
  const backends = names.flatMap((name, index) => {
    const port = String(30_000 + index);
    const all = Array.from(
      { length: nodes },
      (_, node) => `  server worker-${String(node)} 10.99.1.${String(node + 10)}:${port}`,
    );
    const extra = extraServer && name === CHANGED_BACKEND ? [`  server extra 10.99.1.200:${port}`] : [];
    return ['', comment(name), `backend ${name}`, '  mode http', '  balance roundrobin', ...all, ...extra];
  });
  return [CONFIG_HEADER, '', ...frontend, ...backends, ''].join('\n');
}

/** Waits until the running worker has the extra server of `largeText`, or no longer has it. */
export async function extraServerIs(
  there: boolean,
  host: LoadBalancerHost,
  options: WaitOptions,
): Promise<void> {
  await waitFor(
    `HAProxy has ${there ? 'the server' : 'the server no more'}`,
    async () => {
      const shown = await host.runtime(`show servers state ${CHANGED_BACKEND}`);
      return when(shown.includes(' extra ') === there, shown.slice(-300));
    },
    options,
  );
}

/** Opens the store that both programs use, on an etcd of the harness. */
export function storeOn(url: string, secondOpinionMs?: number): ConfigStore {
  const log = createLogger({ level: 'error', format: 'json', stream: process.stderr, journal: false });
  const settings = {
    etcdHost: [url],
    etcdPath: DEFAULT_PATH,
    etcdCaFile: undefined,
    etcdClientCertFile: undefined,
    etcdClientKeyFile: undefined,
    etcdUser: undefined,
    etcdPasswordFile: undefined,
    etcdProxy: undefined,
  };
  return openConfigStore(settings, { log, ...(secondOpinionMs === undefined ? {} : { secondOpinionMs }) });
}
