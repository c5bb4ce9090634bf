import { parseBindWord } from '@kubefigurator/config-model';
import { backendName, type Inventory } from '@kubefigurator/translator';

/**
 * Where a host of a bind leads: `*:443 a.org` → `shop/web/http` (namespace, Service and port; by default the port
 * `http`).
 */
export type Routes = Readonly<Record<string, string>>;

/** What clients can reach by a text with these routes, if each backend has these servers. */
export function inventory(
  routes: Routes,
  servers: readonly string[] = ['n1', 'n2'],
  mode: 'http' | 'tcp' = 'http',
): Inventory {
  const binds = new Map<string, { hosts: Map<string, ReturnType<typeof sourceOf>> }>();
  const backends = new Map<string, { servers: readonly string[] }>();
  for (const [route, name] of Object.entries(routes)) {
    const [bind = '', host = ''] = route.split(' ');
    const source = sourceOf(name);
    const known = binds.get(bind) ?? { hosts: new Map() };
    known.hosts.set(host, source);
    binds.set(bind, known);
    backends.set(backendName(source), { servers });
  }
  return {
    backends,
    binds: new Map(
      [...binds].map(([bind, { hosts }]) => {
        const { address, port } = parseBindWord(bind) ?? { address: bind, port: 0 };
        return [bind, { address, port, mode, tls: false, hosts }];
      }),
    ),
  };
}

function sourceOf(name: string): { namespace: string; service: string; port: string } {
  const [namespace = '', service = '', port = 'http'] = name.split('/');
  return { namespace, service, port };
}

/** A host of the bind for each number, each of a Service of its own. */
export function hostsOn(bind: string, numbers: readonly number[]): Routes {
  return Object.fromEntries(numbers.map((number) => [`${bind} h${number}.org`, `shop/s${number}`]));
}

/** `count` numbers, from `from` on. */
export function upTo(count: number, from = 1): number[] {
  return Array.from({ length: count - from + 1 }, (_, index) => index + from);
}
