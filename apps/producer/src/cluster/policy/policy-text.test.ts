import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPolicyText } from './policy-text.ts';

function reasonOf(text: string): string | undefined {
  const reading = readPolicyText(text, '');
  return reading.ok ? undefined : reading.reason;
}

const GOOD = `# who may expose what
default:
  listenPorts: [80, 443]
rules:
  - name: shop
    namespaces:
      - shop
      - pay # staging too
    hostNames: ['*.shop.example.com', shop.example.com]
    maxBinds: 4
  - {name: web, namespaceSelector: "tier=web", addresses: ["*", 10.0.0.0/24]}
`;

describe('the text of a policy', () => {
  it('is YAML in block and flow style', () => {
    const reading = readPolicyText(GOOD, '');
    expect(reading).toMatchObject({
      ok: true,
      policy: {
        rules: [
          { name: 'shop', hostNames: ['.shop.example.com', 'shop.example.com'], maxBinds: 4 },
          { name: 'web', addresses: { every: ['*'], spans: [{ text: '10.0.0.0/24' }] } },
        ],
        fallback: {
          listenPorts: [
            { from: 80, to: 80 },
            { from: 443, to: 443 },
          ],
        },
      },
    });
  });

  it('is JSON as well', () => {
    expect(readPolicyText('{"rules": [], "default": {"maxBinds": 3}}', '')).toMatchObject({
      ok: true,
      policy: { fallback: { maxBinds: 3 } },
    });
  });

  it.each([
    ['', 'line 1: a policy must be a mapping, not nothing'],
    ['# nothing\n', 'line 2: a policy must be a mapping, not nothing'],
    ['a: [', /^line 1: /],
    ['rules:\n  - name: a\n   namespaces: [b]\n', /^line [23]: bad indentation/],
    ['default: {}\ndefault: {}\n', 'line 2: duplicated mapping key'],
    ['---\ndefault: {}\n---\ndefault: {}\n', /^line \d: expected a single document/],
    [
      'default:\n  hostNames:\n    - *.example.com\n',
      'line 3: unidentified alias (put texts that begin with * into quotes)',
    ],
    [GOOD.replace('maxBinds', 'maxBind'), 'line 10: a rule has no field "maxBind": did you mean maxBinds?'],
    [GOOD.replace('[80, 443]', '[80, 70000]'), /^line 3: listenPorts holds "70000"/],
    [GOOD.replace('- pay #', '- Pay #'), /^line 8: namespaces holds "Pay"/],
    [GOOD.replace('10.0.0.0/24', '10.0.0.1/24'), /^line 11: addresses holds "10.0.0.1\/24"/],
    ['default: &a {maxBinds: 1}\nrules: *a\n', /^line 2: rules must be a list, not/],
  ])('%j is refused with line and reason', (text, expected) => {
    if (typeof expected === 'string') expect(reasonOf(text)).toBe(expected);
    else expect(reasonOf(text)).toMatch(expected);
  });

  it('names five mistakes and counts the others, and shows no control characters', () => {
    const lines = Array.from({ length: 8 }, (_, index) => `x${index}\u0085: 1`).join('\n');
    const reason = reasonOf(lines) ?? '';
    expect(reason).toMatch(/^line 1: .*; and 4 more mistakes$/);
    expect(reason).toMatch(/^[\x20-\x7e]*$/);
  });

  it('of the example, of the guide and of the shipped ConfigMap has no mistake', () => {
    const root = join(import.meta.dirname, '../../../../..');
    const guide = readFileSync(join(root, 'docs/guides/several-tenants.md'), 'utf8');
    const [, block = ''] = /```yaml\n(.*?)```/s.exec(guide) ?? [];
    const example = readFileSync(join(root, 'examples/policy/policy.yaml'), 'utf8');
    expect([reasonOf(block), reasonOf(example)]).toEqual([undefined, undefined]);
    const shipped = readFileSync(join(root, 'deploy/kubernetes/policy.yaml'), 'utf8');
    expect(shipped).toContain(example.trimEnd().replace(/^(?=.)/gm, '    '));
  });
});

it('gives a policy the version of its object, or else that of its text', () => {
  const versionOf = (text: string, version?: string): string | undefined => {
    const reading = readPolicyText(text, '', version);
    return reading.ok ? reading.policy.version : undefined;
  };
  expect(versionOf('rules: []', 'resourceVersion:42')).toBe('resourceVersion:42');
  expect(versionOf('rules: []')).toMatch(/^sha256:[0-9a-f]{12}$/);
  expect(versionOf('rules: []')).not.toBe(versionOf('rules: [] # changed'));
});
