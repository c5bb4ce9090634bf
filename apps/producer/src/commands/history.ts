import { defineCommand, unlessStopped } from '@kubefigurator/daemon';
import { hashOfText, openConfigStore, type Reading } from '@kubefigurator/etcd-store';
import { renderHistory } from '../fleet/render-history.ts';
import { historySettings } from '../history-settings.ts';
import { inOrder, parseHistoryRecord } from '../publish/history/history-record.ts';
import { createPins } from '../publish/pin/pins.ts';

/** Lists the last publications. */
export const history = defineCommand({
  name: 'history',
  summary: 'list the last publications: when, by which producer, and what changed; writes nothing',
  description:
    'The newest comes first. Besides the last one there is one a minute at most: it tells what changed since the one before. ' +
    'diff <revision> shows what a text would change, pin <revision> goes back to it. Needs etcd only. Exits 0, also when nothing was published ' +
    'yet, 1 in trouble.',
  settings: historySettings,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const reads = Promise.all([store.readHistory(), store.read(), createPins(store).current()]);
      const [entries, reading, { marker }] = await unlessStopped(reads, io.signal);
      const records = entries.flatMap(({ revision, record }) => parseHistoryRecord(revision, record) ?? []);
      const facts = {
        records: [...inOrder(records)].reverse(),
        liveHash: liveHashOf(reading),
        pinned: marker?.kind === 'pinned' ? marker.text?.revision : undefined,
        now: Date.now(),
      };
      io.stdout.write(renderHistory(facts, settings.output));
      return 0;
    } finally {
      await store.close();
    }
  },
});

function liveHashOf(reading: Reading): string | undefined {
  return reading.kind === 'published' ? hashOfText(reading.published.text) : undefined;
}
