import { createGate } from '@kubefigurator/haproxy-config';
import { defaultTranslatorSettings } from '@kubefigurator/translator';
import { expect, it } from 'vitest';
import { readManifests } from './cluster/manifests/manifests.ts';
import { compile } from './compile.ts';
import { excessOf } from './publish/excess.ts';

const ADDRESSES = Array.from({ length: 16 }, (_, index) => `192.0.2.${String(index + 1)}`).join(',');

/** A Service that listens on 16 addresses with each of its ports. */
function service(name: string, ports: number, first: number): unknown {
  const numbers = Array.from({ length: ports }, (_, index) => first + index);
  const options = numbers.flatMap((port) => [
    [`haproxy-kubefigurator.p${String(port)}.listen-ip`, ADDRESSES],
    [`haproxy-kubefigurator.p${String(port)}.listen-port`, String(port)],
    [`haproxy-kubefigurator.p${String(port)}.haproxy-mode`, 'tcp'],
  ]);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      labels: { 'haproxy-kubefigurator.enabled': 'yes' },
      annotations: Object.fromEntries(options) as Record<string, string>,
    },
    spec: {
      type: 'NodePort',
      ports: numbers.map((port) => ({ name: `p${String(port)}`, port, nodePort: 30_000, protocol: 'TCP' })),
    },
  };
}

it('of Services with more than 10,000 addresses together the largest are left out, and the hosts take the text', () => {
  const greedy = Array.from({ length: 12 }, (_, index) =>
    service(`greedy-${String(index)}`, 60, 10_000 + 60 * index),
  );
  const small = service('small', 1, 9_000);
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...greedy, small] });
  const { snapshot } = readManifests([{ name: 'services.json', text }], []);
  const built = compile(snapshot, defaultTranslatorSettings, { excess: excessOf });
  const leftOut = built.diagnostics.filter(({ code }) => code === 'no-room');
  expect(leftOut.length).toBeGreaterThan(0);
  expect(leftOut.length).toBeLessThan(4);
  expect(built.text).toContain('_small_');
  const gate = createGate({
    allowSections: [],
    folders: { certificates: [], data: [] },
    maxLength: 100_000_000,
  });
  expect(gate(built.text).kind).toBe('accepted');
}, 60_000);
