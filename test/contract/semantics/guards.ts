import type { Row } from './row.ts';

const PRODUCER = 'apps/producer/src';
const DECIDE = `${PRODUCER}/publish/guard/decide.test.ts`;
const LOSSES = `${PRODUCER}/publish/guard/losses.test.ts`;
const LARGE = `${PRODUCER}/publish/guard/large-namespace.test.ts`;

/** What a publication may remove. */
export const GUARDS: readonly Row[] = [
  {
    says: 'A list that lacks more than half of what is served takes nothing away; additions and changes go on.',
    goldens: 'guard-less-than-half guard-within-the-share',
    tests: [`${DECIDE} › more than half of fewer than four`, `${DECIDE} › half of them`],
  },
  {
    says: 'Everything that would go at once is held, however little it is.',
    goldens: 'guard-everything guard-other-cluster',
    tests: [`${DECIDE} › everything of few`, `${LOSSES} › knows everything from nearly everything`],
  },
  {
    says: 'What is held is a standing claim: nobody else gets the bind or the host name.',
    goldens: 'guard-taken',
    tests: [
      `${PRODUCER}/guarded.property.test.ts › what an incomplete list lacks stays as it is, nobody else gets it, and the result is a fixed point`,
    ],
  },
  {
    says: 'Held servers are merged into their backend, until a list confirms after the wait that they are gone.',
    goldens: 'guard-servers',
    tests: [`${DECIDE} › lets them go once a list of the cluster confirms it after the wait`],
  },
  {
    says: 'A removal is what a client loses: a port of another name is none.',
    goldens: 'guard-renamed-port',
    tests: [`${LOSSES} › finds what is lost`],
  },
  {
    says: 'Host names that living Services give up are held as well if they are too many.',
    goldens: 'guard-renamed-hosts',
  },
  {
    says: 'A namespace that loses nearly all that is lost has only its own removals held.',
    tests: [
      `${PRODUCER}/publish/guard/hostile-namespace.test.ts › most of the host names, while another one removes a few`,
    ],
  },
  {
    says: 'No namespace with many names makes the loss of all others look small.',
    tests: [`${LARGE} › doesn’t make the loss of most others look small`],
  },
  {
    says: 'What comes while something is held, of whichever namespace, does not release it.',
    tests: [
      `${LARGE} › doesn’t release what its own namespace lost, however much it is`,
      `${LARGE} › doesn’t release what another namespace lost`,
    ],
  },
  {
    says: 'While most Nodes are missing from the list, no host name leaves its Service.',
    tests: [
      `${PRODUCER}/publish/guard/hostile-namespace.test.ts › is no reason to pass a list that lacks most Nodes`,
    ],
  },
  {
    says: 'Three losses in a row within ten minutes count as one.',
    tests: [`${DECIDE} › counts three losses in a row as one, for ten minutes`],
  },
];
