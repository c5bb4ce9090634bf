import { expect, it } from 'vitest';
import { defaultTranslatorSettings, readIntents } from '../index.ts';
import type { ServiceRecord } from '../index.ts';
import { compileSnapshot } from '../testing/compiled.ts';
import { addSizes, NO_TEXT, sizeOfPort } from './size.ts';

function service(options: Readonly<Record<string, string>>): ServiceRecord {
  const annotations = Object.entries(options).map(
    ([name, text]) => [`haproxy-kubefigurator.${name}`, text] as const,
  );
  return {
    ...{ namespace: 'shop', name: 'web', createdAt: 1, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(annotations),
    ports: [1, 2].map((number) => ({
      name: `p${number}`,
      number,
      protocol: 'TCP',
      nodePort: 30_000 + number,
    })),
  };
}

const hosts = Array.from({ length: 220 }, (_, index) => `host-${index}.example.com`).join(',');

it.each<[string, Readonly<Record<string, string>>]>([
  ['plain', { 'use-ssl': 'false' }],
  ['with TLS', { hostname: 'shop.example.com' }],
  ['with many host names', { hostname: `${hosts},*.example.com,*.a.example.com` }],
  ['on many addresses', { hostname: hosts, 'listen-ip': '10.0.0.1,10.0.0.2,2001:db8::1' }],
  ['in tcp mode', { 'haproxy-mode': 'tcp' }],
])(
  'the estimated size of a Service is at least that of its text and less than 2.5 times as much, %s',
  (_what, options) => {
    const snapshot = { services: [service({ ...options, 'p2.listen-port': '8443' })], nodes: [] };
    const { intents } = readIntents(snapshot, defaultTranslatorSettings);
    const { text } = compileSnapshot(snapshot, defaultTranslatorSettings);
    const own = text.slice(text.indexOf('\n') + 1);
    const size = intents.reduce((sum, intent) => addSizes(sum, sizeOfPort(intent)), NO_TEXT);
    expect(intents).toHaveLength(2);
    expect(size.lines / (own.split('\n').length - 1)).toBeGreaterThanOrEqual(1);
    expect(size.lines / (own.split('\n').length - 1)).toBeLessThan(2.5);
    expect(size.characters / own.length).toBeGreaterThanOrEqual(1);
    expect(size.characters / own.length).toBeLessThan(2.5);
  },
);
