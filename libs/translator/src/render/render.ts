import type { Reservation, SourceComment } from '@kubefigurator/config-model';
import {
  CONFIG_HEADER,
  formatAddressPort,
  formatReservation,
  formatSourceComment,
} from '@kubefigurator/config-model';
import ejs from 'ejs';
import { serverWords } from '../intent/server-words.ts';
import type { Backend, Frontend, ProxyModel, Route } from '../model/proxy-model.ts';
import { rememberLast } from '../remember.ts';
import { escapeKnownWord, escapeWords } from './escape.ts';
import backendTemplate from './templates/backend.ejs';
import defaultBackendTemplate from './templates/default-backend.ejs';
import frontendTemplate from './templates/frontend.ejs';
import routeTemplate from './templates/route.ejs';

/** Without `v6only` a bind to this address also takes IPv4, unless net.ipv6.bindv6only is 1 on the host. */
const EVERY_IPV6 = '::';

const writeDefaultBackend = compileTemplate(defaultBackendTemplate);
const writeRoute = compileTemplate(routeTemplate);
const writeFrontend = compileTemplate(frontendTemplate);
const writeBackend = compileTemplate(backendTemplate);

/**
 * Writes the model as config text: the header line, what is reserved, then a section for each frontend and backend.
 * `trimEnd` also makes V8 flatten each section's string at once, which halves the time for large clusters.
 */
export function render(model: ProxyModel): string {
  const frontends = model.frontends.map(writeWholeFrontend);
  const backends = model.backends.map((backend) => backend.section ?? backendOnce(backend));
  const reservations = model.reservations.map(writeReservation);
  const comments = reservations.length === 0 ? [] : [reservations.join('\n')];
  return `${[CONFIG_HEADER, ...comments, ...frontends, ...backends].join('\n\n')}\n`;
}

function writeWholeFrontend(frontend: Frontend): string {
  const { routes, defaultBackend } = frontend;
  const start = writeFrontend(frontendView(frontend));
  const end =
    defaultBackend === undefined ? '' : writeDefaultBackend({ ...defaultBackend, comment: commentWords });
  return `${start}${routes.map((route) => ruleOnce(route)).join('')}${end}`.trimEnd();
}

/** Most rules and backends are those of the pass before. */
const ruleOnce = rememberLast((route: Route) =>
  writeRoute({ ...route, comment: commentWords, method: route.match === 'exact' ? 'str' : 'end' }),
);
const backendOnce = rememberLast((backend: Backend) =>
  `${writeBackend({ ...backend, comment: commentWords })}${writeServers(backend)}`.trimEnd(),
);

/** Nearly all lines of a large text are those of servers: with a template they would take three times as long. */
function writeServers({ servers, serverTls, serverHttp2 }: Backend): string {
  const http2 = serverHttp2 === undefined ? {} : { http2: serverHttp2 };
  const options = escapeWords(serverWords({ tls: serverTls, ...http2 }));
  return servers
    .map(({ name, address, port }) => {
      const endpoint = escapeWords(formatAddressPort(address, port));
      return `  server ${escapeKnownWord(name)} ${endpoint} ${options}\n`;
    })
    .join('');
}

function writeReservation(reservation: Reservation): string {
  return `# ${escapeWords(formatReservation(reservation).slice('# '.length).split(' '))}`;
}

function compileTemplate(template: string): (view: object) => string {
  return ejs.compile(template, {
    escape: escapeWords,
    strict: true,
    localsName: 'it',
    _with: false,
    compileDebug: false,
  });
}

/** Every value that the template writes: the template itself only chooses and repeats lines. */
function frontendView(frontend: Frontend): object {
  const { bind, mode } = frontend;
  return {
    ...frontend,
    http: mode === 'http',
    comment: commentWords,
    endpoint: formatAddressPort(bind.address, bind.port),
    v6only: bind.address === EVERY_IPV6,
    tls: bind.tls,
    alpn: bind.tls?.alpn.join(','),
  };
}

/** A source comment without its `# `. */
function commentWords(comment: SourceComment): string[] {
  return formatSourceComment(comment).slice('# '.length).split(' ');
}
