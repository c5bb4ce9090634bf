import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { LoadBalancerHost } from './host.ts';

/** Every server HAProxy has, sorted, as `backend/name address:port admin`. */
export async function serversOf(host: LoadBalancerHost): Promise<string[]> {
  const rows = (await host.runtime('show servers state')).split('\n').slice(2);
  return (
    rows
      .map((row) => row.split(' '))
      .filter((fields) => fields.length > 18)
      // Fields 2, 4, 5, 7 and 19 of the row: backend, name, address, admin state and port (management guide).
      .map(([, backend = '', , name = '', address = '', , admin = '', ...rest]) =>
        line({ backend, name, place: `${address}:${rest[11] ?? ''}`, admin }),
      )
      .sort()
  );
}

/** The servers that `serversOf` returns for a HAProxy that was started with this text. */
export function serversIn(text: string): string[] {
  return parseConfigText(text)
    .sections.flatMap(({ name: backend, lines }) =>
      lines
        .map(({ words }) => words)
        .filter(([keyword]) => keyword === 'server')
        .map(([, name = '', place = '']) => line({ backend, name, place, admin: '0' })),
    )
    .sort();
}

interface Server {
  readonly backend: string;
  readonly name: string;
  readonly place: string;
  readonly admin: string;
}

/** `admin` is srv_admin_state: 0 in service, 1 in maintenance by command, 8 drained by command. */
function line({ backend, name, place, admin }: Server): string {
  return `${backend}/${name} ${place} admin ${admin}`;
}
