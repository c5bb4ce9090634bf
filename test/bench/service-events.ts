import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { ApiServer } from '../support/kube/kube.ts';

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly 'certificate-authority': string } }];
  readonly users: readonly [{ readonly user: { readonly token: string } }];
}

/** A second watch of the Services: when an event comes here, the producer can have it, too. */
export interface ServiceEvents {
  /** When the event came whose object contains the text, by `performance.now()`; undefined if none came yet. */
  readonly timeOf: (text: string) => number | undefined;
  readonly close: () => void;
}

export function watchServiceEvents(server: ApiServer): ServiceEvents {
  const { clusters, users } = parse(readFileSync(server.adminKubeconfig, 'utf8')) as Kubeconfig;
  const agent = new Agent({ ca: readFileSync(clusters[0].cluster['certificate-authority']) });
  const headers = { authorization: `Bearer ${users[0].user.token}` };
  const events: { readonly line: string; readonly at: number }[] = [];
  const sent = request(`${server.url}/api/v1/services?watch=1`, { agent, headers }, (response) => {
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => ({ line, at: performance.now() })));
    });
    response.on('error', () => undefined);
  });
  sent.on('error', () => undefined);
  sent.end();
  return {
    timeOf: (text) => events.findLast(({ line }) => line.includes(text))?.at,
    close: () => sent.destroy(),
  };
}
