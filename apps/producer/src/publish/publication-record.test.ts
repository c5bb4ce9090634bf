import { expect, it } from 'vitest';
import { formatRecord, parseRecord } from './publication-record.ts';

it.each([true, false])('reads what it has written (elected: %s)', (elected) => {
  const record = { by: 'id', lists: { services: '7' }, elected, policy: 'sha256:abc' };
  expect(parseRecord(formatRecord(record))).toEqual(record);
});

it.each([undefined, '', 'null', '[]', '{"by":1,"lists":{"a":2},"elected":"yes","policy":"a\\u001b"}'])(
  'takes nothing from %j',
  (text) => {
    expect(parseRecord(text)).toEqual({ by: undefined, lists: {}, elected: false });
  },
);
