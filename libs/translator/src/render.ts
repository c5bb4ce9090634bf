import type { Backend, Frontend, ProxyModel, SourceComment } from '@kubefigurator/config-model';
import { CONFIG_HEADER, formatSourceComment } from '@kubefigurator/config-model';
import ejs from 'ejs';
import { escapeWords } from './escape.ts';
import backendTemplate from './templates/backend.ejs';
import frontendTemplate from './templates/frontend.ejs';

const writeFrontend = compile(frontendTemplate);
const writeBackend = compile(backendTemplate);

/** Writes the model as config text: the header line, then a section for each frontend and backend. */
export function render(model: ProxyModel): string {
  const sections = [
    ...model.frontends.map(frontendView).map(writeFrontend),
    ...model.backends.map(backendView).map(writeBackend),
  ];
  return [`${CONFIG_HEADER}\n`, ...sections].join('\n');
}

function compile(template: string): (view: object) => string {
  return ejs.compile(template, {
    escape: escapeWords,
    strict: true,
    localsName: 'it',
    _with: false,
    compileDebug: false,
  });
}

/** What the template asks for is there or isn't; it decides nothing. */
function frontendView(frontend: Frontend): object {
  const { bind } = frontend;
  return {
    ...frontend,
    http: frontend.mode === 'http',
    comment: commentWords,
    address: bind.address.includes(':') ? `[${bind.address}]` : bind.address,
    port: bind.port,
    v6only: bind.address === '::',
    tls: bind.tls,
    alpn: bind.tls?.alpn.join(','),
    routes: frontend.routes.map((route) => ({ ...route, method: route.match === 'exact' ? 'str' : 'end' })),
  };
}

function backendView(backend: Backend): object {
  return {
    ...backend,
    comment: commentWords,
    verifyHost: backend.serverTls?.verify === 'required' ? backend.serverTls.name : undefined,
    servers: backend.servers.map(({ name, address, port }) => ({
      name,
      address: address.includes(':') ? `[${address}]` : address,
      port,
    })),
  };
}

/** A source comment behind its `# `. */
function commentWords(comment: SourceComment): string[] {
  return formatSourceComment(comment).slice('# '.length).split(' ');
}
