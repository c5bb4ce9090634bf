import { parseOptionTable } from '../support/sandbox/options.mjs';

/** The parts that need the API server. */
const WITH_KUBE = ['changes', 'large', 'rest', 'producer', 'cluster'];
export const PARTS = ['view', 'changes', 'large', 'rest', 'servers', 'etcd', 'producer', 'cluster'];

const BENCH = {
  name: 'bench',
  summary: `Measures on this machine, with real programs, what docs/performance.md promises. Exits 1 when a bound is missed.
  view      manifests of 1,000 and 5,000 Services to text
  changes   100 Services × 10 nodes: the producer's start, each kind of change until two hosts serve it, failed requests
  large     1,000 × 10: each kind of change until two hosts serve it
  rest      1,000 × 50: memory and processor of both programs when nothing happens
  servers   1,000 × 50: a server added or removed at run time, and a reload, against HAProxy's own
  etcd      200 receivers on one etcd that is restarted twice
  producer  100 × 10: an event of the API server until it is published, a burst of changes, another leader
  cluster   5,000 × 50: the producer's start, a change, its memory; and status updates of 500 Nodes`,
  flags: {
    '--only': { option: 'only', value: PARTS, list: true, help: 'only these parts, separated by commas' },
    '--quick': { option: 'quick', help: 'fewer changes: a first look, not a result' },
  },
};

/** Parses the flags of `npm run bench`; some parts need the API server. */
export function parseOptions(args) {
  const parsed = parseOptionTable(BENCH, args);
  const only = parsed.options?.only?.split(',') ?? PARTS;
  return {
    ...parsed,
    ...(parsed.options && { options: { ...parsed.options, only } }),
    kube: only.some((part) => WITH_KUBE.includes(part)),
  };
}
