import { type CommandContext, defineCommand, unlessStopped } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { goesByLabels } from '@kubefigurator/translator';
import { compile } from '../compile.ts';
import { formatDiagnostics } from '../diagnostics.ts';
import { observeOnce } from '../cluster/observe.ts';
import { readPolicyOnce } from '../cluster/observe-policy.ts';
import { ROOM } from '../publish/excess.ts';
import type { StandingParts } from '../publish/releases.ts';
import { standingPartsOf } from '../publish/releases.ts';
import { viewSettings } from '../settings.ts';
import { translatorSettingsOf } from '../translator-settings.ts';
import { readStanding } from './standing.ts';

/** Compiles once and prints the text; etcd is read only if its address is given. */
export const view = defineCommand({
  name: 'view',
  summary: 'print the config; writes nothing',
  description:
    'Reads all Services and Nodes once and prints the config on stdout, diagnostics on stderr. ' +
    'With --etcd-host the claims of the text in etcd come first, as with apply; without it the age of the Services decides. ' +
    "Exits 0 also with diagnostics, 1 when the input can't be read.",
  settings: viewSettings,
  run: async (context) => {
    const { io, settings, log } = context;
    const policy = await readPolicyOnce(context);
    const withNamespaces = goesByLabels(policy);
    const [snapshot, known] = await Promise.all([
      observeOnce({ settings, io, log, withNamespaces }),
      readClaims(context),
    ]);
    const translator = translatorSettingsOf(settings, policy);
    const { text, diagnostics } = compile(snapshot, translator, { ...known, ...ROOM });
    io.stderr.write(formatDiagnostics(diagnostics, settings.output));
    // With JSON, stderr must stay one document that a program can parse.
    if (settings.output === 'text') io.stderr.write(`claims: ${known.from}\n`);
    io.stdout.write(text);
    return 0;
  },
});

interface KnownClaims extends StandingParts {
  /** Where the claims come from, in words for people. */
  readonly from: string;
}

const NOTHING = standingPartsOf(undefined, []);

async function readClaims({ io, settings, log }: CommandContext<typeof viewSettings>): Promise<KnownClaims> {
  if (settings.etcdHost.length === 0)
    return { ...NOTHING, from: 'by the age of the Services, since no --etcd-host is given' };
  const store = openConfigStore(settings, { log });
  try {
    const both = Promise.all([store.read(), store.readReleases()]);
    const [reading, releases] = await unlessStopped(both, io.signal);
    const { text, pin } = await unlessStopped(readStanding(store, reading), io.signal);
    if (text === undefined || reading.kind !== 'published')
      return {
        ...NOTHING,
        from: `by the age of the Services, since ${store.key} holds no text of a producer`,
      };
    return {
      ...standingPartsOf(text, releases, translatorSettingsOf(settings).limits),
      from:
        pin.marker === undefined
          ? `as they stand in ${store.key} at revision ${reading.published.revision}`
          : `as they stood in ${store.key} before a text was pinned`,
    };
  } finally {
    await store.close();
  }
}
