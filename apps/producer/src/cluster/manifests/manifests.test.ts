import { describe, expect, it } from 'vitest';
import { readManifests } from './manifests.ts';

const read = (
  text: string,
  namespaces: readonly string[] = [],
): ReturnType<typeof readManifests>['snapshot'] =>
  readManifests([{ name: 'shop.yaml', text }], namespaces).snapshot;

const web = `apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  labels:
    haproxy-kubefigurator.enabled: "yes"
spec:
  type: NodePort
  ports:
    - port: 80
      nodePort: 30080
`;
const node = `kind: Node
apiVersion: v1
metadata: {name: worker-a}
status: {addresses: [{type: InternalIP, address: 10.1.0.11}]}
`;

/** An annotation that is read: the others of a Service aren't kept. */
const OTHER = 'haproxy-kubefigurator.other';

/** The labels of a Node, which are all kept, behind other documents. */
function labelsOfNode(labels: string, before = ''): readonly (readonly [string, string])[] {
  const node = `apiVersion: v1\nkind: Node\nmetadata:\n  name: worker-a\n  labels:\n    ${labels}\n`;
  return [...(read(`${before}${node}`).nodes[0]?.labels ?? [])];
}

describe('readManifests', () => {
  it.each([
    [false, []],
    [true, ['quiet']],
  ])('with everything %j, a Service without our label is among them: %j', (everything, names) => {
    const text = '{ kind: Service, metadata: { name: quiet, namespace: shop } }';
    const { services } = readManifests([{ name: 'shop.yaml', text }], ['shop'], everything).snapshot;
    expect(services.map(({ name }) => name)).toEqual(names);
    expect(readManifests([{ name: 'shop.yaml', text }], ['blog'], everything).snapshot.services).toEqual([]);
  });

  it('reads several documents, passing over comments, empty ones and other kinds', () => {
    const text = `# head\n---\n${web}---\n# nothing here\n---\n${node}...\n---\nkind: Deployment\napiVersion: apps/v1\n`;
    const { services, nodes } = read(text);
    expect(services.map((service) => service.name)).toEqual(['web']);
    expect(nodes.map((one) => one.name)).toEqual(['worker-a']);
  });

  it('counts what it passes over', () => {
    const text = `${web}---\nkind: Deployment\napiVersion: apps/v1\n---\nkind: Serivce\n---\nkind: List\nitems: [{kind: Deployment, apiVersion: apps/v1}, {kind: List}]\n---\n{}\n`;
    const { objects, passedOver } = readManifests([{ name: 'shop.yaml', text }], []);
    expect([objects, Object.fromEntries(passedOver)]).toEqual([
      1,
      { 'apps/v1 Deployment': 2, 'v1 Serivce': 1, 'v1 List': 1, 'without a kind': 1 },
    ]);
  });

  it('passes over a Service of another API group, and over Services without anything of ours', () => {
    expect(read(web.replace('v1', 'serving.knative.dev/v1')).services).toEqual([]);
    expect(read(web.replace('haproxy-kubefigurator.enabled', 'app')).services).toEqual([]);
  });

  it.each(['List', 'ServiceList'])('reads JSON with kind %s', (kind) => {
    const item = {
      ...(kind === 'List' ? { apiVersion: 'v1', kind: 'Service' } : {}),
      metadata: { name: 'a', labels: { 'haproxy-kubefigurator.enabled': 'yes' } },
    };
    expect(read(JSON.stringify({ apiVersion: 'v1', kind, items: [item] })).services[0]?.name).toBe('a');
  });

  it('reads an empty List as no objects, without an error', () => {
    expect(read('apiVersion: v1\nkind: List\nitems: []\n')).toEqual({
      services: [],
      nodes: [],
      namespaces: [],
    });
  });

  it('keeps Services of the named namespaces, and every Node', () => {
    expect(read(`${web}---\n${node}`, ['other'])).toMatchObject({
      services: [],
      nodes: [{ name: 'worker-a' }],
    });
    expect(read(web, ['other', 'shop']).services).toHaveLength(1);
  });

  it('keeps keys that are special to JavaScript', () => {
    expect(labelsOfNode('__proto__: a\n    constructor: b')).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('follows anchors, aliases and merge keys', () => {
    const text = web.replace(
      '  labels:',
      '  annotations: &same {haproxy-kubefigurator.a: b}\n  labels:\n    <<: *same',
    );
    expect(read(text).services[0]?.labels.get('haproxy-kubefigurator.a')).toBe('b');
  });

  it('refuses aliases of aliases without expanding them', () => {
    const bomb = [`a0: &a0 [${'x, '.repeat(9)}x]`];
    for (let level = 1; level < 40; level += 1)
      bomb.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}x]`);
    const started = performance.now();
    const text = `${bomb.join('\n')}\napiVersion: v1\nkind: List\nitems: *a39\n`;
    expect(() => read(text)).toThrow('items[0] must be a mapping');
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it.each([
    ['', 'shop.yaml, document 1, line 1: the file is empty'],
    ['# only a comment\n---\n', 'document 1, line 1: the file is empty'],
    [
      `${web}---\n${web}`,
      'shop.yaml, document 2, line 14: Service shop/web is already in shop.yaml, document 1',
    ],
    [`${web}---\nkind: [\n`, 'shop.yaml, document 2, line 14: '],
    [`${web}---\n\n\na: b\na: c\n`, 'document 2, line 17: duplicated mapping key'],
    [
      `\n\n${web.replace('"yes"', 'true')}`,
      'document 1, line 9: Service shop/web: metadata.labels["haproxy-kubefigurator.enabled"] must be a string: put true in quotes, since without them it is a boolean',
    ],
    [
      web.replace('30080', '"30080"'),
      'document 1, line 12: Service shop/web: spec.ports[0].nodePort must be a number',
    ],
    [web.replace('  name: web\n', ''), 'document 1, line 1: metadata.name is missing'],
    ['just text\n', 'document 1, line 1: a manifest must be a mapping'],
    ['{"kind": "List",\n"items": [}\n', 'document 1, line 2: '],
    [`${web}  broken`, 'document 1, line 13: '],
  ])('%j is refused', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each([
    ...['yes', 'Yes', 'YES', 'no', 'No', 'NO', 'on', 'On', 'ON', 'off', 'OFF', 'y', 'Y', 'n', 'N'].map(
      (word) => [word, 'boolean', word] as const,
    ),
    ...['true', 'True', 'FALSE'].map((word) => [word, 'boolean', word.toLowerCase()] as const),
    ...[...['80', '-1', '1_000', '1_0.5', '0b1_1', '0x1_F', '443.5', '.inf'], '1e3'].map(
      (word) => [word, 'number', String(Number(word)) === word ? word : undefined] as const,
    ),
  ])('%s without quotes is a %s for kubectl, and refused as label and annotation', (word, kind, shown) => {
    const label = web.replace('"yes"', word);
    const annotation = web.replace(
      '  labels:',
      `  annotations:\n    haproxy-kubefigurator.use-ssl: ${word}\n  labels:`,
    );
    const end = `must be a string: put ${shown ?? ''}`;
    expect(() => read(label)).toThrow(
      `document 1, line 7: Service shop/web: metadata.labels["haproxy-kubefigurator.enabled"] ${end}`,
    );
    expect(() => read(annotation)).toThrow(
      `document 1, line 7: Service shop/web: metadata.annotations["haproxy-kubefigurator.use-ssl"] ${end}`,
    );
    expect(() => read(annotation)).toThrow(`in quotes, since without them it is a ${kind}`);
  });

  it.each([
    '"yes"',
    "'no'",
    '"80"',
    'yes please',
    'yEs',
    'oN',
    'yess',
    '1.2.3',
    '2026-01-01',
    '12:30',
    '_1',
    '!!str yes',
    '|-\n      yes',
  ])('%s is a string', (text) => {
    const annotation = web.replace('  labels:', `  annotations:\n    ${OTHER}: ${text}\n  labels:`);
    expect(typeof read(annotation).services[0]?.annotations.get(OTHER)).toBe('string');
  });

  it('accepts words without quotes as keys, and in objects of other kinds', () => {
    const other = 'apiVersion: v1\nkind: ConfigMap\ndata: {y: 1, n: 2, on: yes, a: [no, off]}\n';
    expect(labelsOfNode('on: "1"\n    y: "2"', `${other}---\n`)).toEqual([
      ['on', '1'],
      ['y', '2'],
    ]);
  });

  it.each([
    ['yes\n', 'a manifest must be a mapping'],
    [web.replace('name: web', 'name: on'), 'metadata.name must be a string: put on in quotes'],
    [web.replace('NodePort', 'no'), 'Service shop/web: spec.type must be a string: put no in quotes'],
    [web.replace(/spec:[^]*/, 'spec: off\n'), 'Service shop/web: spec must be a mapping'],
  ])('a word without quotes is refused in every other field too: %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it('names the other file of a duplicate', () => {
    const files = [
      { name: 'a.yaml', text: node },
      { name: 'b.yaml', text: node },
    ];
    expect(() => readManifests(files, [])).toThrow(
      'b.yaml, document 1, line 1: Node worker-a is already in a.yaml, document 1',
    );
  });
});
