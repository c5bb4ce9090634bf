import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { BackendIntent } from '../intent/intent.ts';
import type { ServiceRecord } from '../index.ts';
import {
  assign,
  claim,
  defaultTranslatorSettings,
  poolNodes,
  readIntents,
  render,
  buildModel,
} from '../index.ts';
import { createStandingBackends } from './standing-backends.ts';

const NODES = ['10.1.0.1', '10.1.0.2'].map((address, index) => ({
  ...{ name: `worker-${index}`, labels: new Map<string, string>(), taints: [], deleting: false },
  addresses: [{ type: 'InternalIP', address }],
}));

function service(options: Readonly<Record<string, string>>, appProtocol?: string): ServiceRecord {
  return {
    ...{ namespace: 'shop', name: 'web', createdAt: 1, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(
      Object.entries(options).map(([name, text]) => [`haproxy-kubefigurator.${name}`, text]),
    ),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_080, appProtocol }],
  };
}

const PLAIN = { 'use-ssl': 'false', 'backends-use-ssl': 'false' };
const NAME = { 'backends-server-name': 'h2.example.com' };

it.each<[string, Readonly<Record<string, string>>, string?]>([
  ['plain servers', PLAIN],
  ['TLS to the servers', { hostname: 'a.test' }],
  ['a name that is only sent', { hostname: 'a.test', ...NAME }],
  ['a name that is checked', { hostname: 'a.test', ...NAME, 'backends-verify-ssl': 'true' }],
  ['HTTP/2', PLAIN, 'kubernetes.io/h2c'],
  ['HTTP/2 with TLS', { hostname: 'a.test', ...NAME }, 'kubernetes.io/h2c'],
  ['a balance algorithm with arguments', { ...PLAIN, 'backends-balance-method': 'uri len 20' }],
])('a published backend is read as it was asked for, with %s', (_what, options, appProtocol) => {
  const snapshot = { services: [service(options, appProtocol)], nodes: NODES };
  const { intents } = readIntents(snapshot, defaultTranslatorSettings);
  const { nodes } = poolNodes(NODES, intents, defaultTranslatorSettings);
  const textOf = (asked: typeof intents): string =>
    render(buildModel(claim(assign(asked).placed), nodes, defaultTranslatorSettings));
  const text = textOf(intents);
  const backendOf = createStandingBackends(text);
  const asked = intents.map((intent) => {
    const backend = backendOf(intent.source);
    if (backend === undefined) throw new Error('the backend was not found');
    return { ...intent, backend };
  });
  expect(asked).toHaveLength(1);
  expect(textOf(asked)).toBe(text);
});

const FOLDER = join(import.meta.dirname, '../../golden');

it('each backend with a server of each golden text is found', () => {
  const texts = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.out.cfg'))
    .map((file) => readFileSync(join(FOLDER, file), 'utf8'));
  const found = texts.flatMap((text) => {
    const backendOf = createStandingBackends(text);
    return [...text.matchAll(/# service: (.*)\/(.*) port: (.*)\nbackend (?:.+\n {2})+server /g)].map(
      ([, namespace = '', name = '', port = '']): BackendIntent | undefined =>
        backendOf({ namespace, service: name, port }),
    );
  });
  expect(found.length).toBeGreaterThan(200);
  expect(found.filter((backend) => backend === undefined)).toEqual([]);
});

it.each([
  ['no text', undefined],
  ['a text without a backend', '# kubefigurator\n'],
  ['a backend without a server', '# k\n\n# service: shop/web port: http\nbackend b\n  balance roundrobin\n'],
  [
    'a text that somebody cut',
    '# k\n\n# service: shop/web port: http\nbackend b\n  balance roundrobin\n  server',
  ],
  [
    'a text with words that we never write',
    '# k\n\n# service: shop/web port: http\nbackend b\n  balance roundrobin\n  log-tag "a b"\n  server a 1.1.1.1:1 check\n',
  ],
])('no backend is read from %s', (_what, text) => {
  expect(createStandingBackends(text)({ namespace: 'shop', service: 'web', port: 'http' })).toBeUndefined();
});
