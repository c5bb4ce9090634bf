import type { CommandContext } from '@kubefigurator/daemon';
import { unifiedDiff, unlessStopped } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { openStore } from '@kubefigurator/etcd-store';
import type { WantedText } from '@kubefigurator/rollout';
import { judgeReading } from '../apply/judge-reading.ts';
import type { Forecast } from '../apply/rehearse.ts';
import { rehearse } from '../apply/rehearse.ts';
import { gateOf, viewHost } from '../host/host.ts';
import { readText } from '../host/text-file.ts';
import type { applySettings } from '../settings.ts';
import { describeForecast, describeOutcome } from '../status/describe.ts';

type DiffContext = CommandContext<typeof applySettings>;

/**
 * Like diff(1) between the file on disk and this host's release of the text in etcd; stderr says how HAProxy would get the text.
 * It changes nothing and takes no lock.
 */
export async function runDiff(context: DiffContext): Promise<number> {
  const store = openStore(context.settings, { log: context.log });
  try {
    return await compare(await unlessStopped(store.read(), context.io.signal), store.key, context);
  } finally {
    await store.close();
  }
}

async function compare(reading: Reading, key: string, context: DiffContext): Promise<number> {
  const { io, settings } = context;
  const wanted = wantedOf(reading, context);
  if (typeof wanted === 'string') {
    io.stderr.write(`"${key}": ${wanted}\n`);
    return 2;
  }
  const host = await viewHost(settings, { env: io.env, log: context.log });
  const { forecast, text: release } = await rehearse(wanted, host, io.signal);
  const text = (await readText(settings.haproxyConfig))?.text ?? '';
  if (text !== release) {
    const to = `${key} (revision ${wanted.revision})`;
    const sides = [
      { label: settings.haproxyConfig, text },
      { label: to, text: release },
    ] as const;
    io.stdout.write(unifiedDiff(...sides, { context: 4, underline: true }));
  }
  io.stderr.write(`${describeForecast(forecast, host.way.method)}\n`);
  return exitCode(forecast, text === release);
}

/** The text in etcd after the gate, or a sentence that says why nothing would be applied. */
function wantedOf(reading: Reading, { settings }: DiffContext): WantedText | string {
  if (reading.kind !== 'published') {
    const reason = reading.kind === 'missing' ? 'there is no such key in etcd' : reading.reason;
    return `${reason}; apply would keep what runs`;
  }
  const wanted = judgeReading(reading, gateOf(settings));
  if (wanted.kind === 'text') return wanted;
  return wanted.kind === 'refused'
    ? describeOutcome({ kind: 'rejected', stage: 'gate', blame: wanted.blame })
    : 'the value is blank; apply would keep what runs';
}

function exitCode(forecast: Forecast, isSame: boolean): number {
  if (forecast.kind === 'plan') return isSame && forecast.plan.kind === 'none' ? 0 : 1;
  const { kind } = forecast.outcome;
  if (kind === 'rejected' || kind === 'failed') return 2;
  return kind === 'frozen' && isSame ? 0 : 1;
}
