import {
  type CommandContext,
  defineCommand,
  type DiffSide,
  OperatorError,
  unifiedDiff,
  unlessStopped,
  UsageError,
} from '@kubefigurator/daemon';
import { type ConfigStore, openConfigStore, type Reading } from '@kubefigurator/etcd-store';
import { goesByLabels } from '@kubefigurator/translator';
import { formatDiagnostics } from '../diagnostics.ts';
import { observeOnce } from '../cluster/observe.ts';
import { readPolicyOnce } from '../cluster/observe-policy.ts';
import { terminalDiff } from '../explain/render/layout.ts';
import { guardSettingsOf } from '../guard-settings.ts';
import { compileGuarded } from '../guarded.ts';
import { createApprovalCheck } from '../publish/guard/approvals.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { heldServicesOf, readBoard } from '../publish/guard/held-board.ts';
import { isRevision } from '../publish/history/history-record.ts';
import { unknownRevisionError } from '../publish/history/unknown-revision.ts';
import { diffSettings } from '../settings.ts';
import { translatorSettingsOf } from '../translator-settings.ts';
import { readStanding } from './standing.ts';

/** Compares texts: etcd's or an earlier one, and the one that the cluster asks for now or another earlier one; writes nothing. */
export const diff = defineCommand({
  name: 'diff',
  summary: 'show what apply would change in etcd, or how publications differ; writes nothing',
  description:
    'diff compares the text in etcd with what the cluster asks for now, diff <revision> a publication (history lists them) ' +
    'with that, and diff <revision> <revision> two publications, which needs etcd only. ' +
    'Exits 0 when they are the same, 1 when they differ, 2 in trouble, like diff(1).',
  settings: diffSettings,
  positional: ['revision', 'other-revision'],
  failureExitCode: 2,
  run: async (context) => {
    const { io, settings, log } = context;
    const revisions = [settings.revision, settings.otherRevision].filter((one) => one !== undefined);
    const wrong = revisions.find((one) => !isRevision(one));
    if (wrong !== undefined)
      throw new UsageError(`diff: "${wrong}" is not a revision; give one as history shows it: diff 42`);
    const store = openConfigStore(settings, { log });
    try {
      const reading = await unlessStopped(store.read(), io.signal);
      const [before, other] = await unlessStopped(
        Promise.all(revisions.map((revision) => earlierSide(store, reading, revision))),
        io.signal,
      );
      const [left, right] = [
        before ?? publishedSide(reading, store.key),
        other ?? (await sideNow(context, store, reading)),
      ];
      if (left.text === right.text) return 0;
      io.stdout.write(terminalDiff(unifiedDiff(left, right)));
      return 1;
    } finally {
      await store.close();
    }
  },
});

/** What the cluster asks for now; its diagnostics go to stderr. */
async function sideNow(
  { io, settings, log }: CommandContext<typeof diffSettings>,
  store: ConfigStore,
  reading: Reading,
): Promise<DiffSide> {
  const policy = await readPolicyOnce({ settings, io, log });
  const withNamespaces = goesByLabels(policy);
  const [snapshot, standing, releases, entries] = await Promise.all([
    observeOnce({ settings, io, log, withNamespaces }),
    unlessStopped(readStanding(store, reading), io.signal),
    unlessStopped(store.readReleases(), io.signal),
    unlessStopped(store.readHeld(), io.signal),
  ]);
  const board = readBoard(entries);
  const guard = createGuard(guardSettingsOf(settings));
  guard.resume(heldServicesOf(board));
  const { text, diagnostics } = compileGuarded(snapshot, translatorSettingsOf(settings, policy), {
    before: standing.text,
    releases,
    guard,
    isApproved: createApprovalCheck(board.approvals),
    now: performance.now(),
    listedAt: undefined,
  });
  io.stderr.write(formatDiagnostics(diagnostics, settings.output));
  return { label: 'this snapshot', text };
}

async function earlierSide(store: ConfigStore, reading: Reading, revision: string): Promise<DiffSide> {
  const isLive = reading.kind === 'published' && reading.published.revision === revision;
  const text = isLive ? reading.published.text : await store.readHistoryText(revision);
  if (text === undefined) throw unknownRevisionError(store.key, revision);
  return { label: `${store.key} at revision ${revision}`, text };
}

function publishedSide(reading: Reading, key: string): DiffSide {
  switch (reading.kind) {
    case 'published':
      return { label: `${key} at revision ${reading.published.revision}`, text: reading.published.text };
    case 'missing':
      // As diff(1) labels a file that doesn't exist.
      return { label: '/dev/null', text: undefined };
    case 'unreadable':
      throw new OperatorError(`"${key}" holds a value that isn't text: ${reading.reason}`, {
        hint: 'apply replaces it',
      });
  }
}
