import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { revealSecret, secret } from './secret.ts';

it('is printed nowhere, and reveal returns it', () => {
  const hidden = secret('hunter2');
  const printed = [
    String(hidden),
    `${hidden.toString()}`,
    JSON.stringify({ hidden }),
    inspect({ hidden }),
    inspect(hidden, { showHidden: true }),
  ];
  for (const text of printed) expect(text).toMatch(/^[^a-z]*(hidden\W+)?\[redacted\]\W*$/);
  expect(JSON.stringify({ ...hidden })).not.toContain('hunter2');
  expect(revealSecret(hidden)).toBe('hunter2');
  expect(() => revealSecret({ toString: () => '', toJSON: () => '' })).toThrow('not a secret');
});
