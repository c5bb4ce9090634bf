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
    says: 'Lines and characters that one Service adds to the text are limited; of the lines of servers, what its options add is counted.',
    goldens: 'limit-lines limit-characters limit-server-options',
    tests: [
      'libs/translator/src/limits/size.test.ts › the estimated size of a Service is at least that of its text',
    ],
  },
  {
    says: 'The servers of one Service are limited, over its ports and all Nodes; a new Node takes no published port away.',
    goldens: 'limit-servers limit-servers-standing',
    tests: [
      `${LIMIT} › leaves out ports with too many servers, over all Nodes`,
      `${LIMIT} › loses no published port to a new Node, and gets no new port`,
    ],
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
    says: "If the text of all is too large, Services that aren't published yet are left out: the largest of the namespace that takes most of what isn't published.",
    goldens: 'room-new-services',
    tests: [
      `${FIT} › leaves out the largest Services, as few as possible`,
      `${FIT} › leave the small new Service of an honest one alone, however many another has`,
      'libs/translator/src/fit/order.test.ts › is fair',
      'test/contract/room.test.ts › take nothing from those that are published or small',
    ],
  },
  {
    says: 'Of equal Services the youngest is left out first, whatever their names.',
    tests: [
      `${FIT} › are left out from the youngest on, whatever their names, and are the same once the others are published`,
      `${FIT} › of several namespaces are left out from the youngest on`,
      'libs/translator/src/fit/order.test.ts › takes the youngest first among equal ones of one namespace, whatever their names',
      'libs/translator/src/fit/room.test.ts › goes to the oldest of equal Services',
    ],
  },
  {
    says: 'Of a published Service that makes the text too large, what stands published is served.',
    goldens: 'room-grown-service room-grown-servers',
    tests: [`${FIT} › is what stays of a Service that grows`],
  },
  {
    says: 'What is published passes the gate of the hosts: the producer holds the text to every limit of the gate.',
    tests: [
      'libs/haproxy-config/src/gate/excess.test.ts › if the gate refuses it for that, and only then',
      'apps/producer/src/publish/excess.test.ts › passes the gate of the hosts, and serves an honest Service',
      'apps/producer/src/publish/excess.property.test.ts › passes the gate whatever random Services ask for',
    ],
  },
  {
    says: 'New Services may fill nine tenths of each limit: the rest is kept for Nodes that come.',
    goldens: 'room-new-node',
    tests: [
      'libs/translator/src/fit/room.test.ts › is not given to a new Service',
      'libs/translator/src/fit/room.test.ts › is not given to what a published Service asks for besides',
    ],
  },
  {
    says: 'A new Service comes only if all Services of its namespace together, also the published ones, fit into its share of each limit, while others have Services too.',
    goldens: 'room-share',
    tests: [
      'libs/translator/src/fit/room.test.ts › is not exceeded by new Services, whatever room there is',
      'libs/translator/src/fit/room.test.ts › takes nothing away that is published already, and gives nothing more',
      'libs/translator/src/fit/room.test.ts › counts what is published too: a namespace that has half of the room gets nothing more',
      'test/contract/room.test.ts › a namespace can fill half of the room, and two leave some',
    ],
  },
  {
    says: 'If what is published has no room with a new Node, the Node is left out, and all others serve it.',
    goldens: 'room-new-node',
    tests: [
      'libs/translator/src/fit/room.test.ts › as few as possible, and nothing of what is published',
      'libs/translator/src/fit/room.test.ts › stay out of the next text, which is the same',
      'apps/producer/src/publish/excess.test.ts › goes on changing if there is no room for one more Node',
    ],
  },
  {
    says: 'If a text is too large without all that is not published yet, nothing is published, and the largest Service is named.',
    tests: [
      `${FIT} › is built as it is if it is too large without any of them, and names the largest Service`,
    ],
  },
  {
    says: 'There is at most one diagnostic for each object, port and code, and its list is cut.',
    goldens: 'option-many-unknown field-all limit-ports',
    tests: ['libs/translator/src/diagnostics/merge.test.ts › are one, with the first messages'],
  },
  {
    says: 'One Service with many diagnostics does not use up the Events of others.',
    tests: [
      'apps/producer/src/cluster/report/events.test.ts › are still created for others if one Service has hundreds of diagnostics',
      'apps/producer/src/cluster/report/event-budget.test.ts › has one more for each namespace that has had none',
    ],
  },
];
