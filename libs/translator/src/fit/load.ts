import { type Resource, tlsCostOf } from '@kubefigurator/haproxy-config';
import type { Intent } from '../intent/intent.ts';
import type { TextSize } from '../limits/size.ts';
import {
  addSizes,
  backendSize,
  FRONTEND,
  countRoutes,
  routesSize,
  serverSize,
  serverTlsCost,
  sizeOfText,
} from '../limits/size.ts';

/** An estimate of what a part of the text takes of each resource that has a limit. */
export type Load = Readonly<Record<Resource, number>>;

export const NO_LOAD: Load = {
  characters: 0,
  lines: 0,
  words: 0,
  sections: 0,
  servers: 0,
  'tls-servers': 0,
  binds: 0,
  certificates: 0,
  calls: 0,
};

/** `one` plus `other` multiplied by `times`; with -1 it is the difference. */
export function addLoads(one: Load, other: Load, times = 1): Load {
  return {
    characters: one.characters + times * other.characters,
    lines: one.lines + times * other.lines,
    words: one.words + times * other.words,
    sections: one.sections + times * other.sections,
    servers: one.servers + times * other.servers,
    'tls-servers': one['tls-servers'] + times * other['tls-servers'],
    binds: one.binds + times * other.binds,
    certificates: one.certificates + times * other.certificates,
    calls: one.calls + times * other.calls,
  };
}

function textLoad({ lines, words, characters }: TextSize): Load {
  return { ...NO_LOAD, lines, words, characters };
}

/** What a backend takes that stands published as this text, with so many servers. */
function sectionLoad(section: string, servers: number): Load {
  // Only lines of servers have words for TLS, and all servers of a section have the same ones.
  const cost = tlsCostOf(section);
  return { ...textLoad(sizeOfText(section)), sections: 1, servers, 'tls-servers': servers * cost };
}

/** The backend of a port with a server for each node, or as it stands if a guard holds it. */
export function backendLoad(intent: Intent, nodes: number): Load {
  const { servers } = intent;
  if (servers.kind === 'standing') return sectionLoad(servers.section, servers.servers.length);
  const text = textLoad(addSizes(backendSize(intent), serverSize(intent), nodes));
  return { ...text, sections: 1, servers: nodes, 'tls-servers': nodes * serverTlsCost(intent.backend) };
}

/** The text, the rules and the certificate of a port on one bind, without the lines of the frontend itself. */
export function frontLoad(intent: Intent): Load {
  const certificates = intent.tls === undefined ? 0 : 1;
  return { ...textLoad(routesSize(intent)), calls: countRoutes(intent), certificates };
}

/** What a new frontend takes, without what its ports add to it. */
export const FRONTEND_LOAD: Load = { ...textLoad(FRONTEND), sections: 1, binds: 1 };
