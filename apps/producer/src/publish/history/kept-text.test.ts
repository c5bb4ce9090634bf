import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { expect, it } from 'vitest';
import { createMemoryStore } from '../testing/memory-store.ts';
import { keepText } from './kept-text.ts';

it('logs that etcd denies the history to an operator, and goes on', async () => {
  const logged: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const store = createMemoryStore();
  await keepText(store, { revision: '4', text: 'a\n' }, log);
  expect([await store.readHistoryText('4'), logged]).toEqual(['a\n', []]);
  store.writeHistory = () => Promise.reject(new Error('permission denied'));
  await keepText(store, { revision: '5', text: 'b\n' }, log);
  expect(logged).toEqual(['history.unwritten']);
});
