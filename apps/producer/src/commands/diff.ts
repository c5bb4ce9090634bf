import {
  defineCommand,
  type DiffSide,
  OperatorError,
  unifiedDiff,
  unlessStopped,
} from '@kubefigurator/daemon';
import { openConfigStore, type Reading } from '@kubefigurator/etcd-store';
import { goesByLabels } from '@kubefigurator/translator';
import { formatDiagnostics } from '../diagnostics.ts';
import { observeOnce } from '../cluster/observe.ts';
import { readPolicyOnce } from '../cluster/observe-policy.ts';
import { guardSettingsOf } from '../guard-settings.ts';
import { compileGuarded } from '../guarded.ts';
import { createApprovalCheck } from '../publish/guard/approvals.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { heldServicesOf, readBoard } from '../publish/guard/held-board.ts';
import { standingTextIn } from '../publish/key-state.ts';
import { diffSettings, translatorSettingsOf } from '../settings.ts';

/** Compiles once and compares the text with etcd's; writes nothing. */
export const diff = defineCommand({
  name: 'diff',
  summary: 'show what apply would change in etcd; writes nothing',
  description: 'Exits 0 when etcd holds the same text, 1 when it differs, 2 in trouble, like diff(1).',
  settings: diffSettings,
  failureExitCode: 2,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const policy = await readPolicyOnce({ settings, io, log });
      const withNamespaces = goesByLabels(policy);
      const [snapshot, reading, releases, entries] = await Promise.all([
        observeOnce({ settings, io, log, withNamespaces }),
        unlessStopped(store.read(), io.signal),
        unlessStopped(store.readReleases(), io.signal),
        unlessStopped(store.readHeld(), io.signal),
      ]);
      const board = readBoard(entries);
      const guard = createGuard(guardSettingsOf(settings));
      guard.resume(heldServicesOf(board));
      const { text, diagnostics } = compileGuarded(snapshot, translatorSettingsOf(settings, policy), {
        before: standingTextIn(reading),
        releases,
        guard,
        isApproved: createApprovalCheck(board.approvals),
        now: performance.now(),
        listedAt: undefined,
      });
      io.stderr.write(formatDiagnostics(diagnostics, settings.output));
      const before = publishedSide(reading, store.key);
      if (before.text === text) return 0;
      io.stdout.write(unifiedDiff(before, { label: 'this snapshot', text }));
      return 1;
    } finally {
      await store.close();
    }
  },
});

function publishedSide(reading: Reading, key: string): DiffSide {
  switch (reading.kind) {
    case 'published':
      return { label: `${key} at revision ${reading.published.revision}`, text: reading.published.text };
    case 'missing':
      return { label: '/dev/null', text: undefined };
    case 'unreadable':
      throw new OperatorError(`"${key}" holds a value that isn't text: ${reading.reason}`, {
        hint: 'apply replaces it',
      });
  }
}
