import { parseOptionTable } from '../support/sandbox/options.mjs';

const DEMO = {
  name: 'demo',
  summary: `Starts etcd, two load-balancer hosts, nodes, the producer and the consumers in a private sandbox on this machine,
shows how a change of a Service reaches both hosts, and stays up until Ctrl-C.`,
  flags: {
    '--once': {
      option: 'once',
      help: 'exit after the tour: 0 when each host answered every step right, else 1',
    },
    '--kube': {
      option: 'kube',
      help: 'Services and Nodes live in a real Kubernetes API server instead of files',
    },
    '--without-consumer': {
      option: 'withoutConsumer',
      value: ['lb-1', 'lb-2'],
      help: 'stop the consumer of this host, to see what the tour reports then',
    },
  },
};

/** Parses the flags of `npm run demo`; `kube` is true if the API server is needed. */
export function parseOptions(args) {
  const parsed = parseOptionTable(DEMO, args);
  return { ...parsed, kube: parsed.options?.kube === true };
}
