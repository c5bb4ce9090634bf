import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { MAX_VALUE_BYTES } from '@kubefigurator/etcd-store';
import { expect, it } from 'vitest';
import { createSizeWatch } from './size-watch.ts';

it('logs once that the text comes near to a limit, once that it is over, and measures no text twice', () => {
  const logged: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      const { msg, what } = JSON.parse(String(chunk)) as { msg: string; what?: string };
      logged.push(what === undefined ? msg : `${msg}: ${what}`);
      done();
    },
  });
  const counts: number[] = [];
  const { measure } = createSizeWatch({
    part: 0.8,
    onMeasured: (_uses, nearCount) => counts.push(nearCount),
    log: createLogger({ level: 'info', format: 'json', stream, journal: false }),
  });
  const text = (name: string): string => name.padEnd(2 * MAX_VALUE_BYTES);
  measure({ text: text('small'), bytes: 1_000 });
  measure({ text: text('large'), bytes: 1_200_000 });
  measure({ text: text('large'), bytes: 1_200_000 });
  measure({ text: text('larger'), bytes: 1_210_000 });
  measure({ text: text('small again'), bytes: 1_000 });
  expect(counts).toEqual([0, 1, 1, 0]);
  expect(logged).toEqual([
    `text-room.short: 1200000 of the ${String(MAX_VALUE_BYTES)} bytes, gzipped, that one value of etcd takes`,
    'text-room.recovered',
  ]);
});
