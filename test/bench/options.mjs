import { parseFlags } from '../support/flags.mjs';

const BENCH = {
  command: 'bench',
  summary: `Measures on this machine how long a change in a real Kubernetes API server takes to be served by two hosts,
and whether requests fail meanwhile. Exits 1 when a bound is missed.`,
  flags: {
    '--quick': { option: 'quick', help: 'fewer changes: a first look, not a result' },
  },
};

/** The bench's flags; it always needs the API server. */
export function parseOptions(args) {
  return { ...parseFlags(BENCH, args), kube: true };
}
