import type { SourceRef } from '@kubefigurator/config-model';
import { compareText } from '@kubefigurator/config-model';

/** One row per code: the severity and what it is about. The reference page is generated from this table. */
export const DIAGNOSTICS = {
  'nothing-to-serve': {
    severity: 'warning',
    meaning:
      'A labelled Service of which no port can be served, for example because it is of type ClusterIP.',
  },
  'near-miss-label': {
    severity: 'warning',
    meaning: 'A label or annotation resembles the enabling label, but enables nothing.',
  },
  'unknown-option': {
    severity: 'warning',
    meaning: 'An annotation under our prefix names no option we know.',
  },
  'unknown-port': {
    severity: 'warning',
    meaning: 'An annotation under our prefix names no port of its Service.',
  },
  'misspelt-hostname': {
    severity: 'error',
    meaning:
      'An http port has no hostname, but an annotation that looks like a misspelt one; it would take every request on its bind, so it is left out.',
  },
  'key-too-long': {
    severity: 'error',
    meaning:
      'The key of an annotation has more than 63 characters, seen in manifests only: the API server refuses the Service. The option is used all the same.',
  },
  'no-node-port': {
    severity: 'warning',
    meaning:
      'An annotation names a port that has no node port; the port is left out, others of its Service are served.',
  },
  'unsupported-protocol': { severity: 'warning', meaning: 'A UDP or SCTP port; HAProxy serves TCP ports.' },
  'unusual-boolean': {
    severity: 'warning',
    meaning:
      'A yes/no option has a value other than true and false; it keeps the meaning documented for the option.',
  },
  'invalid-value': {
    severity: 'error',
    meaning: 'An option has a value that does not parse; the port is left out.',
  },
  'over-limit': {
    severity: 'error',
    meaning:
      'A Service asks for more listen addresses, host names, ports, lines, characters or servers than one Service may have; the ports that are too many are left out, and what stands published unchanged is served first.',
  },
  'no-room': {
    severity: 'error',
    meaning:
      "The text of all Services doesn't fit into etcd, or is larger than the hosts take; the message names the limit. Services that aren't published yet are left out, the largest of the namespace that takes most of what isn't published, and of equal ones the youngest; of one that has grown, what is published already is served. If there is no room without them, Nodes that aren't published yet are left out; if there is none without these either, nothing is published, and the largest Service of all has the error.",
  },
  'over-namespace-share': {
    severity: 'error',
    meaning:
      'All Services of a namespace together, also the published ones, would take more of the text than one namespace may have while others have Services too (--namespace-share); the message names the limit. Of those that are not published yet the largest are left out; of one that has grown, what is published already is served.',
  },
  'changes-too-often': {
    severity: 'warning',
    meaning:
      'The Services of a namespace change too often (--namespace-changes): changes of this one wait up to --namespace-interval, so that those of other namespaces go live. At most 20 Services of a namespace have this warning at a time. A Node that changes too often has it, too: its last change waits.',
  },
  'left-out-on-host': {
    severity: 'warning',
    meaning:
      "Hosts leave a published port out, such as for a certificate that is missing there; the message names hosts and reason. It comes from the hosts' statuses, and so as an Event only (LeftOutOnHost), and once every host serves the port, another one says so.",
  },
  'no-certificate-name': {
    severity: 'error',
    meaning: 'TLS is on, but neither a hostname nor ssl-certificate names a certificate.',
  },
  'missing-cluster-name': {
    severity: 'error',
    meaning: 'A hostname holds CLUSTER, but the producer runs without --cluster.',
  },
  'conflict-mode': {
    severity: 'error',
    meaning: 'Another Service, which was first or has had it since before, uses the bind in another mode.',
  },
  'conflict-tls': {
    severity: 'error',
    meaning:
      'Another Service, which was first or has had it since before, uses the bind with TLS where this one is plain, or the reverse.',
  },
  'conflict-port': {
    severity: 'error',
    meaning: 'Another Service already has this bind for itself, or it is reserved for one.',
  },
  'conflict-host': {
    severity: 'error',
    meaning:
      'Another Service already has this host name on the bind, or it is reserved for one; or another namespace has it on any bind, or a wildcard above it, or a name below this wildcard.',
  },
  'foreign-host-name': {
    severity: 'warning',
    meaning:
      'A Service is served with a host name that another namespace has too, on another bind or with a wildcard above or below it, because both were served before.',
  },
  'conflict-default': {
    severity: 'error',
    meaning:
      'Another Service already takes every request on the bind that no host name matches, or that is reserved for one.',
  },
  'too-many-certificates': {
    severity: 'error',
    meaning: 'The certificates of a bind lie in more folders than fit on one line of HAProxy.',
  },
  'specific-address': {
    severity: 'warning',
    meaning:
      'A Service listens on every address, but another Service has one of the addresses on the same port: requests to it go there.',
  },
  'reserved-port': {
    severity: 'error',
    meaning:
      'The listen port is kept for the hosts themselves (--reserved-port), or is that of an agent or a control plane on many hosts (--no-well-known-ports).',
  },
  'local-address': {
    severity: 'error',
    meaning:
      'A listen address is a loopback, link-local, multicast, metadata or other special address: software on the hosts may trust it, or no single machine has it (--local-listen-addresses); the port is left out.',
  },
  'kept-local-address': {
    severity: 'warning',
    meaning:
      'A listen address is one that software on the hosts trusts; the Service has it already and keeps it.',
  },
  'port-not-allowed': {
    severity: 'error',
    meaning: 'The listen port is not among those that Services may have (--listen-ports).',
  },
  'policy-breach': {
    severity: 'error',
    meaning:
      'The policy (--policy-file, --policy-config-map) doesn’t let the namespace have a listen port (with TLS, or without), mode, certificate, listen address or host name, or so many of them; the message names the rule. The address or host name is left out, otherwise the port; what stood published is no claim either.',
  },
  'well-known-port': {
    severity: 'warning',
    meaning:
      'The listen port is that of an agent or a control plane on many hosts; the Service has it already and keeps it.',
  },
  'ineffective-option': {
    severity: 'warning',
    meaning: 'An option that does nothing in the mode of its port; the port is served without it.',
  },
  'unsupported-field': {
    severity: 'warning',
    meaning:
      'A field of the Service asks for something that is not honoured; the Service is served without it.',
  },
  'invalid-object': {
    severity: 'error',
    meaning:
      'A name or number that Kubernetes would not accept, seen in manifests only; the object or port is left out.',
  },
  'duplicate-object': {
    severity: 'error',
    meaning: 'Manifests hold a second object, or a second port, of the same name; one of them is left out.',
  },
  'node-without-address': {
    severity: 'warning',
    meaning:
      'A Node has no usable address of the types and families that a Service needs; it is left out there.',
  },
  'shared-node-address': {
    severity: 'warning',
    meaning: 'Two Nodes report one address; both are served, although at most one of them is there.',
  },
  'no-server': {
    severity: 'error',
    meaning: 'No Node has an address of the IP families of a Service, so that nobody answers for it.',
  },
  'removal-held': {
    severity: 'warning',
    meaning:
      'Too much of what clients can reach would go at once, so that it stays published until it is back, approved or, for servers, confirmed by a new list.',
  },
  'no-nodes': {
    severity: 'error',
    meaning:
      'No Node is left that takes traffic and has a usable address, so that no backend has a server; `apply` exits 1.',
  },
  'no-services': {
    severity: 'error',
    meaning: 'No Service is selected: the text is a header without any section; `apply` exits 1.',
  },
} as const satisfies Record<string, { severity: DiagnosticSeverity; meaning: string }>;

export type DiagnosticSeverity = 'error' | 'warning';
export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** What a diagnostic is about. `Cluster` means all that was read; its name is that of `--cluster`, which may be empty. */
export interface DiagnosticObject {
  readonly kind: 'Service' | 'Node' | 'Cluster';
  readonly namespace?: string;
  readonly name: string;
}

/** Something wrong with one object, reported on that object; everything else is served. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: DiagnosticSeverity;
  readonly object: DiagnosticObject;
  /** The port's name, or its number when unnamed; absent if the whole object is meant. */
  readonly port?: string;
  /** One sentence that says what is wrong and what to do. Texts of users in it are quoted and cut. */
  readonly message: string;
  /** The port that has what this one asks for, or for which it is reserved; of several the first. Only in conflicts. */
  readonly winner?: SourceRef;
}

/** A diagnostic before its code has given it a severity. */
export type Finding = Omit<Diagnostic, 'severity'>;

/** What is wrong, before it is known with which object or port. */
export type Complaint = Pick<Finding, 'code' | 'message' | 'winner'>;

/** Gives a finding the severity of its code. */
export function createDiagnostic(finding: Finding): Diagnostic {
  return { ...finding, severity: DIAGNOSTICS[finding.code].severity };
}

/** One line for people: `error conflict-host Service shop/web port http: …`. */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { code, severity, message } = diagnostic;
  return `${severity} ${code} ${subjectOfDiagnostic(diagnostic)}: ${message}`;
}

/** `Service shop/web port http`. */
export function subjectOfDiagnostic({ object, port }: Pick<Diagnostic, 'object' | 'port'>): string {
  const { kind, namespace, name } = object;
  const words = [kind, namespace === undefined ? name : `${namespace}/${name}`];
  return [...words, port === undefined ? '' : `port ${port}`].filter((word) => word !== '').join(' ');
}

/** Diagnostics in canonical order: Services, then Nodes, then the Cluster; by name, port, code and message. */
export function sortDiagnostics(diagnostics: Iterable<Diagnostic>): Diagnostic[] {
  return [...diagnostics].sort(compareDiagnostics);
}

function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    // Reversed: Service, Node, Cluster.
    compareText(b.object.kind, a.object.kind) ||
    compareText(a.object.namespace ?? '', b.object.namespace ?? '') ||
    compareText(a.object.name, b.object.name) ||
    compareText(a.port ?? '', b.port ?? '') ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}
