import { parseOptionTable } from '../support/sandbox/options.mjs';

const number = { value: ['number'], number: true };
/** The parts that need the API server. */
const WITH_KUBE = ['leaders', 'producer'];
const PARTS = ['kills', 'leaders', 'mixed', 'revisions', 'producer', 'gate'];

const SOAK = {
  name: 'soak',
  summary: `Runs the built programs for a long time, with real etcd and HAProxy. Exits 1 when a request failed, when a host
didn't run the text of etcd in the end, or when a bound is missed.
  kills      producer, consumers and etcd killed at random (kill -9) while Services change, under requests
  leaders    three producers killed, stopped and cut off from etcd at random: nobody writes who doesn't lead
  mixed      revisions of every kind under requests, with connections that stay open through all of them
  revisions  1,000 × 50: a long row of revisions, and the consumer's memory early and at the end
  producer   1,000 × 10: a long row of changes, and the producer's memory early and at the end
  gate       random texts that the gate accepts: each HAProxy must read them as the gate does, and reach nothing else`,
  flags: {
    '--only': { option: 'only', value: PARTS, list: true, help: 'only these parts, separated by commas' },
    '--kills': { option: 'kills', ...number, help: 'how many kills, default 200' },
    '--seed': {
      option: 'seed',
      ...number,
      help: 'the seed of kills, of leaders and of random texts, to repeat them',
    },
    '--changes': {
      option: 'changes',
      ...number,
      help: 'how many changes, default 1000 for mixed, 20000 for producer',
    },
    '--revisions': { option: 'revisions', ...number, help: 'how many revisions, default 20000' },
    '--minutes': {
      option: 'minutes',
      ...number,
      help: 'how long random texts are tried and leaders are disturbed, default 10',
    },
    '--rate': {
      option: 'perSecond',
      ...number,
      help: 'requests a second, default 200 for kills, 400 for mixed',
    },
  },
};

/** Parses the flags of `npm run soak`; some parts need the API server. */
export function parseOptions(args) {
  const parsed = parseOptionTable(SOAK, args);
  if (parsed.options === undefined) return parsed;
  const { only, ...numbers } = parsed.options;
  const counts = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
  const parts = only?.split(',') ?? PARTS;
  return { options: { only: parts, ...counts }, kube: parts.some((part) => WITH_KUBE.includes(part)) };
}
