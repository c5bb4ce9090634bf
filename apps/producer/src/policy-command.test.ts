import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { captureIo } from '@kubefigurator/daemon/testing';
import { expect, it } from 'vitest';
import { runProducer } from './program.ts';

const SERVICE = `kind: Service
metadata:
  namespace: shop
  name: web
  labels: { haproxy-kubefigurator.enabled: 'yes' }
  annotations: { haproxy-kubefigurator.hostname: shop.example.com }
spec: { type: NodePort, ports: [{ name: web, port: 80, nodePort: 30001 }] }
---
kind: Namespace
metadata: { name: shop, labels: { tier: web } }
`;

interface Viewed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function view(policy: string | undefined, ...flags: readonly string[]): Promise<Viewed> {
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-policy-'));
  mkdirSync(join(folder, 'manifests'));
  writeFileSync(join(folder, 'manifests/shop.yaml'), SERVICE);
  const file = join(folder, 'policy.yaml');
  if (policy !== undefined) writeFileSync(file, policy);
  const args = ['view', '--from', join(folder, 'manifests'), '--policy-file', file, ...flags];
  const { io, out, err } = captureIo(args, {});
  const code = await runProducer(io);
  return { code, stdout: out(), stderr: err() };
}

it('view --policy-file shows the text without what the policy refuses, and says why', async () => {
  const { code, stdout, stderr } = await view(
    'rules: [{name: a, namespaceSelector: tier=web, listenPorts: [80]}]',
  );
  expect(code).toBe(0);
  expect(stdout).not.toContain('shop');
  expect(stderr).toMatch(
    /error: Service shop\/web port web: the policy's rule "a" doesn't allow .* \[policy-breach\]/,
  );
});

it.each<[string, string | undefined, RegExp]>([
  ['is missing', undefined, /policy\.yaml\) can't be used: .*exist|no such file/],
  [
    'has a mistake',
    'default:\n  listenPort: [80]\n',
    /line 2: default has no field "listenPort": did you mean listenPorts\?/,
  ],
  ['has control characters', 'default:\n  "\\e[31mx": 1\n', /line 2: default has no field "\\u\{1b\}\[31mx"/],
])('a policy that %s is used wrongly: exit code 2 and no text', async (_what, policy, expected) => {
  const { code, stdout, stderr } = await view(policy);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(expected);
});

it.each([
  ['shop', /is not <namespace>\/<name>, such as kubefigurator\/policy/],
  ['shop/policy', /give one of them/],
])('--policy-config-map %s beside --policy-file is refused', async (name, expected) => {
  const { code, stderr } = await view('default: {}', '--policy-config-map', name);
  expect(code).toBe(2);
  expect(stderr).toMatch(expected);
});
