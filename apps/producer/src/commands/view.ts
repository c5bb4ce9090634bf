import { defineCommand } from '@kubefigurator/daemon';
import { compile } from '../compile.ts';
import { formatDiagnostics } from '../diagnostics.ts';
import { observeOnce } from '../cluster/observe.ts';
import { translatorSettingsOf, viewSettings } from '../settings.ts';

/** Compiles once and prints the text; etcd isn't needed. */
export const view = defineCommand({
  name: 'view',
  summary: 'print the config; writes nothing',
  description:
    'Reads all Services and Nodes once and prints the config on stdout, diagnostics on stderr. ' +
    "Exits 0 also with diagnostics, 1 when the input can't be read.",
  settings: viewSettings,
  run: async ({ io, settings, log }) => {
    const snapshot = await observeOnce({ settings, io, log });
    const { text, diagnostics } = compile(snapshot, translatorSettingsOf(settings));
    io.stderr.write(formatDiagnostics(diagnostics, settings.output));
    io.stdout.write(text);
    return 0;
  },
});
