import type { Reservation, SourceComment } from '@kubefigurator/config-model';
import {
  CONFIG_HEADER,
  formatAddressPort,
  formatReservation,
  formatSourceComment,
} from '@kubefigurator/config-model';
import ejs from 'ejs';
import { serverWords } from '../intent/server-words.ts';
import type { Backend, Frontend, ProxyModel } from '../model/proxy-model.ts';
import { rememberLast } from '../remember.ts';
import { escapeWords } from './escape.ts';
import backendTemplate from './templates/backend.ejs';
import frontendTemplate from './templates/frontend.ejs';

/** Without `v6only` a bind to this address also takes IPv4, unless net.ipv6.bindv6only is 1 on the host. */
const EVERY_IPV6 = '::';

const writeFrontend = compileTemplate(frontendTemplate);
const writeBackend = compileTemplate(backendTemplate);

/**
 * Writes the model as config text: the header line, what is reserved, then a section for each frontend and backend.
 * `trimEnd` also makes V8 flatten each section's string at once, which halves the time for large clusters.
 */
export function render(model: ProxyModel): string {
  const frontends = model.frontends.map((frontend) => writeFrontend(frontendView(frontend)).trimEnd());
  const backends = model.backends.map((backend) => backend.section ?? backendOnce(backend));
  const reservations = model.reservations.map(writeReservation);
  const comments = reservations.length === 0 ? [] : [reservations.join('\n')];
  return `${[CONFIG_HEADER, ...comments, ...frontends, ...backends].join('\n\n')}\n`;
}

/** Most backends are those of the pass before. */
const backendOnce = rememberLast((backend: Backend) => writeBackend(backendView(backend)).trimEnd());

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
  const { bind, mode, routes } = frontend;
  return {
    ...frontend,
    http: mode === 'http',
    comment: commentWords,
    endpoint: formatAddressPort(bind.address, bind.port),
    v6only: bind.address === EVERY_IPV6,
    tls: bind.tls,
    alpn: bind.tls?.alpn.join(','),
    routes: routes.map((route) => ({ ...route, method: route.match === 'exact' ? 'str' : 'end' })),
  };
}

function backendView(backend: Backend): object {
  return {
    ...backend,
    comment: commentWords,
    endpoint: formatAddressPort,
    options: serverWords({
      tls: backend.serverTls,
      ...(backend.serverHttp2 === undefined ? {} : { http2: backend.serverHttp2 }),
    }),
  };
}

/** A source comment without its `# `. */
function commentWords(comment: SourceComment): string[] {
  return formatSourceComment(comment).slice('# '.length).split(' ');
}
