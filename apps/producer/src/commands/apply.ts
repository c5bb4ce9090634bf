import { defineCommand, unlessStopped } from '@kubefigurator/daemon';
import { openStore } from '@kubefigurator/etcd-store';
import { type Compilation, compile } from '../compile.ts';
import { createDiagnosticsLog } from '../diagnostics.ts';
import { observeOnce } from '../cluster/observe.ts';
import { refuseExcess, ROOM } from '../publish/excess.ts';
import { createPublisher } from '../publish/publisher.ts';
import { standingPartsOf } from '../publish/releases.ts';
import { applySettings, translatorSettingsOf } from '../settings.ts';

/** Compiles once and publishes the text. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'publish once and exit',
  description:
    'Exits 0 when the text was published or etcd holds it already, 1 when that failed, ' +
    'and also 1 when the published text has no frontend or no server (no-services, no-nodes).',
  settings: applySettings,
  run: async ({ io, settings, log }) => {
    const store = openStore(settings, { log });
    try {
      const snapshot = await observeOnce({ settings, io, log });
      const publisher = createPublisher({ store, log, signal: io.signal });
      const reading = Promise.all([publisher.standing(), store.readReleases()]);
      const [before, obeyed] = await unlessStopped(reading, io.signal);
      const translator = translatorSettingsOf(settings);
      const { text, diagnostics, summary, excesses } = compile(snapshot, translator, {
        ...standingPartsOf(before, obeyed, translator.limits),
        ...ROOM,
      });
      createDiagnosticsLog(log).report(diagnostics);
      refuseExcess(excesses);
      const { kind, revision, bytes } = await publisher.publish(text, obeyed);
      log.info({ result: kind, revision, bytes, ...summary }, 'pass.completed');
      return servesNobody(summary) ? 1 : 0;
    } finally {
      await store.close();
    }
  },
});

/** A text that was emptied by a typing mistake must not look like success to a script. */
function servesNobody({ frontends, servers }: Compilation['summary']): boolean {
  return frontends === 0 || servers === 0;
}
