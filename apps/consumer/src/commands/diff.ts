import { parseConfigText } from '@kubefigurator/config-model';
import type { CommandContext, Io } from '@kubefigurator/daemon';
import { openStore } from '@kubefigurator/etcd-store';
import type { Reading } from '@kubefigurator/etcd-store';
import { planApply } from '@kubefigurator/rollout';
import { createTwoFilesPatch } from 'diff';
import { readText } from '../host/files.ts';
import { allowsRuntimeUpdates, gateOf } from '../host/host.ts';
import { describeOutcome } from '../report.ts';
import type { ConsumerSettings, consumerSettings } from '../settings.ts';

/** Like diff(1) between the file on disk and what etcd has; the plan goes to stderr. Changes nothing, takes no lock. */
export async function runDiff({
  io,
  settings,
  log,
}: CommandContext<typeof consumerSettings>): Promise<number> {
  const store = openStore(settings, { log });
  try {
    return await compare(await store.read(), { io, settings, key: store.key });
  } finally {
    await store.close();
  }
}

interface Comparison {
  readonly io: Io;
  readonly settings: ConsumerSettings;
  readonly key: string;
}

async function compare(reading: Reading, { io, settings, key }: Comparison): Promise<number> {
  if (reading.kind !== 'published') {
    const reason = reading.kind === 'missing' ? 'there is no such key in etcd' : reading.reason;
    io.stderr.write(`${key}: ${reason}; apply would keep what runs\n`);
    return 2;
  }
  const verdict = gateOf(settings)(reading.published.text);
  if (verdict.kind !== 'accepted') {
    const blame =
      verdict.kind === 'refused' ? verdict.blame : [{ sources: [], message: 'the value is blank' }];
    io.stderr.write(`${key}: ${describeOutcome({ kind: 'rejected', stage: 'gate', blame })}\n`);
    return 2;
  }
  const text = (await readText(settings.haproxyConfig))?.text ?? '';
  const runtime = await allowsRuntimeUpdates({ ...settings, baseConfigs: settings.haproxyBaseConfig });
  const plan = planApply({ text, config: parseConfigText(text) }, verdict, { runtime });
  if (plan.kind === 'none') return 0;
  const to = `${key} (revision ${reading.published.revision})`;
  io.stdout.write(createTwoFilesPatch(settings.haproxyConfig, to, text, verdict.text));
  io.stderr.write(
    plan.kind === 'reload'
      ? `reload: ${plan.reasons.join(', ')}\n`
      : 'no reload: only comments or spacing differ\n',
  );
  return 1;
}
