import { expect, it } from 'vitest';
import { parseBalance } from './balance.ts';

it('takes what fits on a line of HAProxy, and no more', () => {
  expect(parseBalance(`uri${' len 1'.repeat(31)}`)).toMatchObject({ ok: true });
  expect(parseBalance(`uri${' len 1'.repeat(32)}`)).toMatchObject({
    ok: false,
    reason: expect.stringContaining('at most 63 words') as string,
  });
});
