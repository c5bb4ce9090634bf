import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { Answer, Question } from '../support/fleet/request.ts';
import { ask, askTcp, formatAnswer, servedBy } from '../support/fleet/request.ts';
import type { WaitResult } from '../support/sandbox/wait.ts';

/** Something that must be true of every host, asked at its own address. */
export interface Expectation {
  /** The request as it is printed: `http://shop.example.com`. */
  readonly what: string;
  /** Checks once; `done` holds a description of the answer. */
  check(host: LoadBalancerHost): Promise<WaitResult<string>>;
}

export interface Served {
  readonly url: string;
  readonly nodePort: number;
  readonly nodes: readonly string[];
  /** Authority of the certificate, for https. */
  readonly ca?: string;
}

/** Expects that the Service's node port on one of the nodes answers for the name, through the host that was asked. */
export function served(expected: Served): Expectation {
  return {
    what: expected.url,
    check: async (host) => {
      const question = questionFor(expected.url, host, expected.ca);
      const answer = await ask(question);
      return servedBy(question, expected)(answer)
        ? { done: `${answer.echo?.node ?? ''}:${String(expected.nodePort)}` }
        : { pending: formatAnswer(answer) };
    },
  };
}

/** Expects that nothing serves the name: 503, or no listener. */
export function gone(url: string): Expectation {
  return {
    what: url,
    check: async (host) => {
      const answer = await ask(questionFor(url, host));
      return isGone(answer) ? { done: formatAnswer(answer) } : { pending: formatAnswer(answer) };
    },
  };
}

/** Expects that a plain TCP port leads to the node port. */
export function servedTcp(
  port: number,
  expected: { readonly nodePort: number; readonly nodes: readonly string[] },
): Expectation {
  return {
    what: `tcp port ${String(port)}`,
    check: async (host) => {
      const line = await askTcp(host.address, port);
      const [node = '', nodePort = ''] = line.split(' ');
      const right = expected.nodes.includes(node) && nodePort === String(expected.nodePort);
      return right ? { done: `${node}:${nodePort}` } : { pending: line === '' ? 'no connection' : line };
    },
  };
}

function isGone(answer: Answer): boolean {
  return answer.status === 503 || answer.error === 'ECONNREFUSED';
}

function questionFor(url: string, host: LoadBalancerHost, ca?: string): Question {
  const { hostname, protocol } = new URL(url);
  const tls = protocol === 'https:';
  return {
    address: host.address,
    port: tls ? 443 : 80,
    host: hostname,
    ...(tls && ca !== undefined ? { ca } : {}),
  };
}
