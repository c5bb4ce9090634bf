import { expect, it } from 'vitest';
import type { NodeExplanation } from './explanation.ts';
import { explainNode } from './node.ts';
import { observedFrom } from './testing/observed.ts';

const SERVICE = {
  kind: 'Service',
  metadata: {
    ...{ namespace: 'shop', name: 'web', labels: { 'haproxy-kubefigurator.enabled': 'yes' } },
    annotations: { 'haproxy-kubefigurator.hostname': 'shop.example.com' },
  },
  spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] },
};

function node(name: string, address: string, labels: Readonly<Record<string, string>> = {}): object {
  const addresses = [{ type: 'InternalIP', address }];
  return { kind: 'Node', metadata: { name, labels }, status: { addresses } };
}

interface Given {
  readonly hosts?: readonly object[];
  readonly services?: readonly object[];
  readonly nodes?: readonly object[];
  readonly standing?: string;
}

const OTHER = node('other', '10.1.0.9');
const PLAIN = [node('a', '10.1.0.1'), OTHER];

function yaml({ hosts = [{ host: 'lb-1' }], services = [SERVICE], nodes = PLAIN }: Given): string {
  return [{ explain: 'x', hosts }, ...services, ...nodes].map((each) => JSON.stringify(each)).join('\n---\n');
}

function explain(given: Given = {}): NodeExplanation {
  return explainNode(observedFrom(yaml(given), given.standing), 'a');
}

const textOf = (nodes: readonly object[]): string => observedFrom(yaml({ nodes })).compilation.text;
const EXCLUDED = node('a', '10.1.0.1', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' });

it.each<[string, Given, Partial<NodeExplanation>]>([
  ['in every backend', {}, { verdict: 'everywhere', published: 'published', backends: { count: 1, of: 1 } }],
  ['on one of two hosts', { hosts: [{ host: 'a' }, { host: 'b', seen: '9' }] }, { verdict: 'in-part' }],
  ['without any host', { hosts: [] }, { verdict: 'nowhere' }],
  ['without any Service', { services: [] }, { verdict: 'nowhere', backends: { count: 0, of: 0 } }],
  [
    'with another address in etcd',
    { standing: textOf([node('a', '10.1.0.99'), OTHER]) },
    { verdict: 'in-part', published: 'differs' },
  ],
  ['that is new', { standing: textOf([OTHER]) }, { verdict: 'nowhere', published: 'missing' }],
  [
    'that was excluded, and nobody has published since',
    { nodes: [EXCLUDED, OTHER], standing: textOf(PLAIN) },
    { verdict: 'nowhere', published: 'lingers', selected: false, backends: { count: 0, of: 1 } },
  ],
  [
    'with no usable address',
    { nodes: [node('a', '127.0.0.1'), OTHER] },
    { verdict: 'nowhere', selected: false },
  ],
  ['that is gone', { nodes: [OTHER] }, { verdict: 'nowhere', exists: false }],
])('a Node %s', (_what, given, expected) => expect(explain(given)).toMatchObject(expected));
