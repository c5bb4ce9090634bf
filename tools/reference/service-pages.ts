import {
  ALGORITHMS,
  ANNOTATION_PREFIX,
  APP_PROTOCOLS,
  ENABLING_LABEL,
  OPTIONS,
  DIAGNOSTICS,
  UNSUPPORTED_FIELDS,
  WELL_KNOWN_PORTS,
} from '@kubefigurator/translator';
import { code, GENERATED, page, table } from './markdown.ts';

/** The reference page of annotations, from the table of options. */
export function annotationsPage(): string {
  const rows = OPTIONS.map(({ name, takes, default: fallback, doc }) => [code(name), takes, fallback, doc]);
  return page([
    '# Annotations',
    GENERATED,
    `A Service is served when it has the label \`${ENABLING_LABEL.key}: "${ENABLING_LABEL.value}"\`, is of type NodePort or LoadBalancer, and a TCP port of it has a node port.`,
    [
      'Values are strings, so numbers and yes/no options stand in quotes in YAML. There are three ways to write an option:',
      '',
      table(
        ['annotation', 'applies to'],
        [
          [code(`${ANNOTATION_PREFIX}<port name>.<option>`), 'the port of that name'],
          [
            code(`${ANNOTATION_PREFIX}<port number>.<option>`),
            'the port of that number, with or without a name; for a port without a name `haproxy-kubefigurator..<option>` works too',
          ],
          [code(`${ANNOTATION_PREFIX}<option>`), 'every port of the Service'],
        ],
      ),
      '',
      'If several of them are set, the first in this table applies. An annotation under this prefix that names no option or no port gets a warning with the nearest valid spelling.',
    ].join('\n'),
    '## Options',
    table(['option', 'value', 'default', 'meaning'], rows),
    'A value that does not parse is an error on that port: the port is left out, everything else is served, and the value never reaches HAProxy. An empty value counts as absent, except for `hostname` on an http port, where it is an error, and for the yes/no options, where it counts like any other text.',
    'With `deploy/kubernetes/admission.yaml` in the cluster, which is made from the same table, the API server refuses a Service with most values that do not parse, or with more than the default limits allow, and warns of unusual yes/no options and of options that do not exist.',
    '## Fields of the Service',
    '`spec.ports[].appProtocol` says what the servers speak. On an http port:',
    table(
      ['appProtocol', 'meaning'],
      APP_PROTOCOLS.map(({ name, doc }) => [code(name), doc]),
    ),
    '`backends-use-ssl` wins over it. Any other value is a warning (`unsupported-field`), and the port is served as if there were none. A tcp port passes every protocol on. With TLS on its bind (`use-ssl`) it speaks TLS to the servers too, unless `appProtocol` names a protocol of this table without TLS.',
    'These fields are not honoured yet; a Service that sets one gets the warning `unsupported-field`. [The fields of a Service](service-fields.md) says what happens to all others.',
    table(
      ['field', 'what happens instead'],
      UNSUPPORTED_FIELDS.map(({ field, instead }) => [code(field), instead]),
    ),
    '## Listen ports that are kept for the hosts',
    'Besides the ports of `--reserved-port`, these are kept for agents and control planes on the hosts (`reserved-port`). A Service that has one already keeps it, with the warning `well-known-port`. `--listen-ports` with such a port allows it, and `--no-well-known-ports` allows all. Mail (25) and DNS (53) are free, since Services serve them. So are the node ports (30000 to 32767): the load-balancer hosts are no Nodes, so kube-proxy has none of them there.',
    table(
      ['port', 'whose it is on many hosts'],
      [...WELL_KNOWN_PORTS].map(([port, owner]) => [String(port), owner]),
    ),
    '## Balance algorithms',
    table(
      ['algorithm', 'written as', 'on a tcp port'],
      Object.entries(ALGORITHMS).map(([name, { usage, needsHttp }]) => [
        code(name),
        usage.replaceAll('<', '\\<'),
        needsHttp === true ? '`roundrobin` instead, with a warning' : 'the same',
      ]),
    ),
    'Each is known to HAProxy 2.6 and later. `hash` with a part of an http request falls back to `roundrobin` on a tcp port as well.',
  ]);
}

/** The reference page of diagnostics, from the table of codes. */
export function diagnosticsPage(): string {
  const rows = Object.entries(DIAGNOSTICS).map(([name, { severity, meaning }]) => [
    code(name),
    severity,
    meaning,
  ]);
  return page([
    '# Diagnostics',
    GENERATED,
    'What is wrong is reported under a stable code, with its object: a Service, a Node, or the cluster as a whole. Other Services are served all the same, unless the text as a whole is too large (`no-room`). Usually an *error* leaves a port out, or out of one bind, and a *warning* doesn’t; the meaning of each code says what becomes of the port.',
    table(['code', 'severity', 'meaning'], rows),
  ]);
}
