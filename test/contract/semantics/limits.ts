import type { Row } from './row.ts';

const LIMIT = 'libs/translator/src/limits/limit.test.ts';
const FIT = 'libs/translator/src/fit/fit.test.ts';

/** What a single Service may ask for, and what happens if the text of all is too large. */
export const LIMITS: readonly Row[] = [
  {
    says: 'A list with more listen addresses or host names than one Service may have leaves out its port.',
    goldens: 'limit-listen-addresses limit-listen-addresses-reached limit-host-names',
    tests: [
      'libs/translator/src/options/values/list-length.test.ts › a list of 255 kB is refused without reading its items',
      'test/e2e/admission.test.ts › refuses a longer list than the producer takes',
    ],
  },
  {
    says: 'Listen addresses and host names count over all ports of a Service, each once.',
    goldens: 'limit-host-names-over-ports',
    tests: [`${LIMIT} › counts listen addresses and host names over all ports, each once`],
  },
  {
    says: 'Of more ports than one Service may have, those that stand published come first, then the order of spec.ports.',
    goldens: 'limit-ports limit-ports-standing',
    tests: [
      `${LIMIT} › keeps the ports that stand published, wherever they are in the order`,
      'test/e2e/admission.test.ts › refuses more TCP ports than the producer serves',
    ],
  },
  {
    says: 'Lines and characters that one Service adds to the text are limited; lines of servers are not counted.',
    goldens: 'limit-lines limit-characters',
    tests: ['libs/translator/src/limits/size.test.ts › the size of a Service is at least that of its text'],
  },
  {
    says: 'A Service at a limit or above it changes no line of another.',
    tests: ['libs/translator/src/limits/limit.property.test.ts › takes no line from another'],
  },
  {
    says: 'What a port had stays reserved for it while it is over a limit.',
    goldens: 'limit-host-names-standing',
  },
  {
    says: 'What is reserved for one Service has the same limits, also in a text that somebody else wrote.',
    tests: [
      'libs/translator/src/limits/bound-reservations.test.ts › is bounded in a text that somebody else wrote',
    ],
  },
  {
    says: "If the text of all is too large, the largest Services that aren't published yet are left out.",
    goldens: 'room-new-services',
    tests: [
      `${FIT} › leaves out the largest Services, as few as possible`,
      'test/contract/room.test.ts › take nothing from those that are published or small',
    ],
  },
  {
    says: 'Of a published Service that makes the text too large, what stands published is served.',
    goldens: 'room-grown-service',
    tests: [`${FIT} › is what stays of a Service that grows`],
  },
  {
    says: 'There is at most one diagnostic for each object, port and code, and its list is cut.',
    goldens: 'option-many-unknown field-all limit-ports',
    tests: ['libs/translator/src/diagnostics/merge.test.ts › are one, with the first messages'],
  },
  {
    says: 'One Service leaves Events for others.',
    tests: [
      'apps/producer/src/cluster/report/events.test.ts › go out for others if one Service has hundreds of diagnostics',
      'apps/producer/src/cluster/report/event-budget.test.ts › has one more for each namespace that has had none',
    ],
  },
];
