import { defineCommand, unlessStopped } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { terminalText } from '../explain/render/layout.ts';
import { heldSettings } from '../guard-settings.ts';
import { type HeldBoard, readBoard } from '../publish/guard/held-board.ts';
import { describeShares } from '../publish/guard/held-record.ts';

/** Exit code of `apply` and `held` if a guard holds something; of `held` also while publications are paused. */
export const HELD = 3;

/** Shows what a guard holds, and whether publications are paused. */
export const held = defineCommand({
  name: 'held',
  summary: 'show what a guard holds, and whether publications are paused; writes nothing',
  description:
    'Needs etcd only. Exits 0 when nothing is held and publications go on, 3 when a guard holds something or they are ' +
    'paused, 1 in trouble.',
  settings: heldSettings,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const board = readBoard(await unlessStopped(store.readHeld(), io.signal));
      io.stdout.write(
        describeBoard(board)
          .map((line) => `${terminalText(line.replaceAll(/[\r\n]/g, ' '))}\n`)
          .join(''),
      );
      return board.record === undefined && board.pause === undefined ? 0 : HELD;
    } finally {
      await store.close();
    }
  },
});

function describeBoard({ record, approvals, pause }: HeldBoard): string[] {
  const lines =
    pause === undefined ? [] : [`publications are paused by ${pause.by} since ${pause.at}: ${pause.reason}`];
  if (record === undefined) return [...lines, 'nothing is held'];
  lines.push(
    `held since ${record.since}: ${describeShares(record.shares)} would go${record.everything ? ', and nothing of what stands would be left' : ''}`,
  );
  for (const [service, { hosts, servers }] of Object.entries(record.services))
    lines.push(`  ${service}: ${String(hosts)} host names, ${String(servers)} servers`);
  for (const { signature } of approvals)
    lines.push(`approved by ${signature.by} at ${signature.at}, waits for a producer: ${signature.reason}`);
  return [...lines, 'let it go with: kubefigurator-producer approve [service <namespace>/<name>]'];
}
