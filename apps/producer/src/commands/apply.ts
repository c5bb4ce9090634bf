import { randomUUID } from 'node:crypto';
import { defineCommand, OperatorError, unlessStopped } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { goesByLabels } from '@kubefigurator/translator';
import type { Compilation } from '../compile.ts';
import { createDiagnosticsLog } from '../diagnostics.ts';
import { observeIdentified } from '../cluster/observe.ts';
import { readPolicyOnce } from '../cluster/observe-policy.ts';
import { compileGuarded } from '../guarded.ts';
import { guardSettingsOf } from '../guard-settings.ts';
import { refuseExcess } from '../publish/excess.ts';
import { createApprovalCheck } from '../publish/guard/approvals.ts';
import { createGuard } from '../publish/guard/guard.ts';
import { createHeldKeeper, entriesOfApprovals } from '../publish/guard/keeper.ts';
import { describeLeader } from '../publish/leader-key.ts';
import { describeProcess } from '../publish/leadership.ts';
import { formatRecord } from '../publish/publication-record.ts';
import { createHistoryWriter } from '../publish/history/history-writer.ts';
import { createPins } from '../publish/pin/pins.ts';
import { createPathOwner } from '../publish/owner/path-owner.ts';
import { createPublisher } from '../publish/publisher.ts';
import { applySettings, publishedCluster } from '../settings.ts';
import { translatorSettingsOf } from '../translator-settings.ts';
import { HELD } from './held.ts';

/** Compiles once and publishes the text. */
export const apply = defineCommand({
  name: 'apply',
  summary: 'publish once and exit',
  description:
    'Exits 0 when the text was published or etcd holds it already, 1 when that failed, publications are paused, a text is ' +
    'pinned (also with --force: unpin it first), or the path is another cluster’s, ' +
    'and also 1 when the published text has no frontend or no server (no-services, no-nodes). ' +
    'Exits 3 when it was published but a guard holds a part of what would go: approve lets it go, and --force holds nothing.',
  settings: applySettings,
  run: async ({ io, settings, log }) => {
    const cluster = publishedCluster(settings);
    const store = openConfigStore(settings, { log });
    // Without --force, etcd takes the text only if no producer leads in the moment of the write.
    const leaderCondition = settings.force ? undefined : ({ kind: 'nobody' } as const);
    try {
      if (!settings.force)
        refuseBesideLeader(store.key, (await unlessStopped(store.readLeader(), io.signal))?.value);
      const pins = createPins(store);
      await unlessStopped(pins.terms(), io.signal);
      const policy = await readPolicyOnce({ settings, io, log });
      const record = formatRecord({ by: randomUUID(), lists: {}, elected: false, policy: policy?.version });
      const withNamespaces = goesByLabels(policy);
      const { snapshot, uid } = await observeIdentified({ settings, io, log, withNamespaces });
      const pathOwner = createPathOwner({ store, cluster: () => ({ ...cluster, uid }), log });
      await unlessStopped(pathOwner.terms(), io.signal);
      const publisher = createPublisher({
        store,
        pathOwner,
        pins,
        lead: () => (leaderCondition === undefined ? { record } : { leader: leaderCondition, record }),
        ...{ log, signal: io.signal },
      });
      const guardSettings = guardSettingsOf(settings);
      const guard = createGuard({ ...guardSettings, guards: guardSettings.guards && !settings.force });
      const keeper = createHeldKeeper({ store, guard, leader: () => leaderCondition, log });
      const reading = Promise.all([publisher.standing(), store.readReleases(), keeper.board()]);
      const [before, releases, { approvals }] = await unlessStopped(reading, io.signal);
      const now = performance.now();
      const compiled = compileGuarded(snapshot, translatorSettingsOf(settings, policy), {
        before,
        releases,
        guard,
        isApproved: createApprovalCheck(approvals),
        now,
        listedAt: undefined,
      });
      const { text, diagnostics, summary, excesses, judgement } = compiled;
      createDiagnosticsLog(log).report(diagnostics);
      refuseExcess(excesses);
      const obeyed = { releases, held: entriesOfApprovals(approvals) };
      const { kind, revision, bytes } = await publisher.publish(text, obeyed);
      await keeper.settle(judgement, approvals, now);
      const by = describeProcess(io);
      // Only `watch` drops old entries: its --history may be another one.
      const most = settings.history === 0 ? 0 : Number.MAX_SAFE_INTEGER;
      const history = createHistoryWriter({
        store,
        most,
        by,
        leader: () => leaderCondition,
        log,
      });
      history.note({ revision, text, reason: 'apply', snapshot: undefined, policy: policy?.version });
      await history.done();
      log.info({ result: kind, revision, bytes, ...summary }, 'pass.completed');
      if (judgement.verdict.held.length > 0) return HELD;
      return servesNobody(summary) ? 1 : 0;
    } finally {
      await store.close();
    }
  },
});

/** A running producer replaces every foreign text by its own: the text of `apply` would be live only for a moment. */
function refuseBesideLeader(key: string, leader: string | undefined): void {
  if (leader === undefined) return;
  throw new OperatorError(
    `${describeLeader(leader)} publishes to ${key}, and would replace what apply publishes`,
    {
      hint: 'stop it first, or say --force',
    },
  );
}

/** True for a text without a frontend or without a server: `apply` fails then, so that a script notices it. */
function servesNobody({ frontends, servers }: Compilation['summary']): boolean {
  return frontends === 0 || servers === 0;
}
