import { expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { fitNames, intent, left, standingOf } from '../testing/fitted.ts';

const wide = Array.from({ length: 50 }, (_, index) =>
  intent(`w${index}`, [`w${index}.test`], 443, `team${index % 5}`),
);

function at(service: string, count: number, first: number): Intent {
  const own = intent(service, [`${service}.test`], 443, 'evil');
  const addresses = Array.from({ length: count }, (_, index) => `10.${first}.0.${index}`);
  return { ...own, bind: { ...own.bind, addresses: { kind: 'addresses', addresses } } };
}

const evil = Array.from({ length: 10 }, (_, index) => at(`e${index}`, 16, index));
const limits = [{ resource: 'lines', most: 12_000, unit: 'lines of this test' }] as const;

it('leaves out who makes the text too large by what others have at their addresses, and writes no text before', () => {
  const result = fitNames([...wide, ...evil], { most: 1e9, limits });
  expect(result.tries).toBe(1);
  expect(left(result).every((name) => name.startsWith('e'))).toBe(true);
  expect(left(result).length).toBeGreaterThan(0);
  expect(left(result).length).toBeLessThan(evil.length);
  expect(result.diagnostics[0]?.message).toMatch(
    /^the text of all Services would have more than the 12,000 lines of this test; /,
  );
});

it('charges a namespace with all that its addresses cause, so that it gets no more than its share', () => {
  const standing = standingOf(wide);
  const roomy = [{ resource: 'lines', most: 30_000, unit: 'lines of this test' }] as const;
  expect(left(fitNames([...wide, ...evil], { most: 1e9, limits: roomy, standing }))).toEqual([]);
  const result = fitNames([...wide, ...evil], { most: 1e9, limits: roomy, standing, namespaceShare: 0.2 });
  expect(left(result).length).toBeGreaterThan(4);
  expect(left(result).every((name) => name.startsWith('e'))).toBe(true);
  expect(result.diagnostics[0]?.message).toMatch(
    /^the Services of namespace evil would take more than 20 % of the 30,000 lines/,
  );
});

it('leaves out nobody if the estimate is hardly too large: that is for the text itself to show', () => {
  const all = [...wide, ...evil];
  const count = 50 * 160 * 2;
  const near = [{ resource: 'lines', most: count, unit: 'lines of this test' }] as const;
  expect(left(fitNames(all, { most: 1e9, limits: near }))).toEqual([]);
});
