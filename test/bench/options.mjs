import { parseFlags } from '../support/flags.mjs';

const BENCH = {
  command: 'bench',
  summary: `Measures on this machine how long a change in a real Kubernetes API server takes to be served by two hosts,
whether requests fail meanwhile, and how long large clusters take to be translated. Exits 1 when a bound is missed.`,
  flags: {
    '--only': {
      option: 'only',
      value: ['view', 'changes'],
      help: 'only these rows: view --from, or changes that are served',
    },
    '--quick': { option: 'quick', help: 'fewer changes: a first look, not a result' },
  },
};

/** The bench's flags; changes that are served need the API server. */
export function parseOptions(args) {
  const parsed = parseFlags(BENCH, args);
  return { ...parsed, kube: parsed.options?.only !== 'view' };
}
