import { formatAddressPort, formatSource } from '@kubefigurator/config-model';
import type { RequestBind, RequestExplanation, RequestTarget } from '../explanation.ts';
import { renderLiveHosts, renderHosts, renderLegend, renderPublished, VERDICTS } from './hosts.ts';
import { renderField, renderFieldList, renderInlineList } from './layout.ts';

/** The explanation of a request for people. */
export function renderRequest({ url, port, verdict, binds, hints, etcd }: RequestExplanation): string[] {
  const legend = renderLegend(binds.flatMap(({ target }) => target?.hosts ?? []));
  return [
    `Request ${url}: ${VERDICTS[verdict]}`,
    ...(binds.length === 0
      ? [
          renderField(
            0,
            'Bind',
            `none on port ${port}: the connection is refused, unless a host listens there for itself`,
          ),
        ]
      : []),
    ...(binds.length > 1
      ? [
          'A client reaches one of these binds, by the address that it connects to; a bind on one address goes first.',
        ]
      : []),
    ...renderFieldList(0, 'Hint', hints),
    ...(etcd.problem === undefined ? [] : [renderField(0, 'etcd', `${etcd.key}: ${etcd.problem}`)]),
    ...binds.flatMap((bind) => ['', ...renderBind(bind, etcd)]),
    ...(legend.length === 0 ? [] : ['', ...legend]),
  ];
}

function renderBind(
  { bind, mode, tls, certificates, target, answer }: RequestBind,
  etcd: RequestExplanation['etcd'],
): string[] {
  return [
    `Bind ${bind} (${mode}${tls ? ' with TLS' : ', plain'})`,
    ...(certificates.length === 0 ? [] : [renderField(1, 'Certificates', renderInlineList(certificates))]),
    ...(target === undefined ? [] : renderTarget(target, etcd)),
    ...(answer === undefined ? [] : [renderField(1, 'Answer', answer)]),
  ];
}

const RULES: Readonly<Record<RequestTarget['match'], string>> = {
  exact: 'the exact name',
  wildcard: 'the wildcard',
  default: 'the default: no name matches, and this port takes every other request',
  tcp: 'none: a tcp bind has one backend for everything',
};

function renderTarget(target: RequestTarget, etcd: RequestExplanation['etcd']): string[] {
  const { match, pattern, source, held, backend, servers, published, hosts } = target;
  const isThere = published === 'published' || published === 'differs';
  return [
    renderField(1, 'Rule', `${RULES[match]}${pattern === undefined ? '' : ` ${pattern}`}`),
    renderField(1, 'Service', formatSource(source)),
    ...(held
      ? [
          renderField(
            1,
            'Held',
            'it does not ask for this any more, and a guard holds it: explain service says more',
          ),
        ]
      : []),
    renderField(1, 'Backend', backend),
    ...renderFieldList(
      1,
      'Servers',
      servers.map(({ name, address, port }) => `${name} ${formatAddressPort(address, port)}`),
    ),
    renderField(1, 'Published', renderPublished(published, etcd)),
    ...(isThere && hosts.length === 0 ? [renderField(1, 'Live on', renderLiveHosts(hosts))] : []),
    ...renderHosts(1, hosts),
  ];
}
