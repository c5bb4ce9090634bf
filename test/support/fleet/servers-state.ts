import { parseConfigText } from '@kubefigurator/haproxy-config';
import type { LoadBalancerHost } from './host.ts';

/** Every server HAProxy has, sorted, as `backend/name address:port admin`. */
export async function serversOf(host: LoadBalancerHost): Promise<string[]> {
  // The first two lines are the format's version and the names of the fields.
  const rows = (await host.runtime('show servers state')).split('\n').slice(2);
  return rows
    .map((row) => row.split(' '))
    .filter((fields) => fields.length > 18)
    .map((fields) => {
      // Counted from 1 as in the management guide.
      const field = (number: number): string => fields[number - 1] ?? '';
      const [backend, name, admin] = [field(2), field(4), field(7)];
      return line({ backend, name, place: `${field(5)}:${field(19)}`, admin });
    })
    .sort();
}

/** What `serversOf` would return for a HAProxy that was started with this text. */
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
  /** `address:port` */
  readonly place: string;
  /** srv_admin_state: 0 in service, 1 in maintenance by command, 8 drained by command. */
  readonly admin: string;
}

function line({ backend, name, place, admin }: Server): string {
  return `${backend}/${name} ${place} admin ${admin}`;
}
