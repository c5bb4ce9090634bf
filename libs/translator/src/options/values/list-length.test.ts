import { expect, it } from 'vitest';
import { defaultServiceLimits } from '../../snapshot/limits.ts';
import { parseHostNames } from './host-names.ts';
import { parseListenAddresses } from './listen-address.ts';

const context = { cluster: '', limits: { ...defaultServiceLimits, hostNames: 3, listenAddresses: 2 } };

it('a list of as many items as one Service may have is read', () => {
  expect(parseHostNames('a.test,b.test,c.test', context)).toMatchObject({ ok: true });
  expect(parseListenAddresses('10.0.0.1,10.0.0.2', context)).toMatchObject({ ok: true });
});

it('a longer list is refused with its length and the limit', () => {
  expect(parseHostNames('a.test,b.test,c.test,d.test', context)).toEqual({
    ok: false,
    code: 'over-limit',
    reason:
      'has 4 host names, and one Service may have 3 (--max-host-names-per-service): spread them over several Services',
  });
  expect(parseListenAddresses('10.0.0.1,10.0.0.2,x', context)).toMatchObject({ code: 'over-limit' });
});

it('a list of 255 kB is refused without reading its items', () => {
  const text = Array.from({ length: 22_848 }, (_, index) => `10.0.${index % 256}.1`).join(',');
  const started = performance.now();
  for (let round = 0; round < 200; round += 1)
    expect(parseListenAddresses(text, context)).toMatchObject({ code: 'over-limit' });
  expect(performance.now() - started).toBeLessThan(5_000);
});
