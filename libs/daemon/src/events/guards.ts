import type { EventTable } from './event.ts';
import { REASON } from './fields.ts';

/** What the consumer logs about servers that are HAProxy itself, and about frontends' shares of the connections. */
export const guardEvents = {
  'own-servers.skipped': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning:
      'Servers are left out on this host: they have an address of it and a port on which HAProxy listens, so that it would connect to itself.',
    fields: { count: 'the number of servers', what: 'the servers and the binds, at most 10' },
    endedBy: ['own-servers.recovered'],
  },
  'own-servers.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'No server of the text leads HAProxy to itself any more.',
    fields: {},
  },
  'frontend-limit.set': {
    program: 'consumer',
    levels: ['debug'],
    meaning: 'Frontends of a new HAProxy worker may have their share of its connections (--frontend-share).',
    fields: { count: 'the number of frontends', limit: 'the connections of each' },
  },
  'frontend-limit.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning: 'HAProxy didn’t take the limit of a frontend; one bind may take all of its connections.',
    fields: { ...REASON },
    endedBy: ['frontend-limit.recovered'],
  },
  'frontend-limit.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'HAProxy took the limits of its frontends after a failure.',
    fields: {},
  },
} as const satisfies EventTable;
