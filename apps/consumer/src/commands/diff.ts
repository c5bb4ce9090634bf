import { join } from 'node:path';
import type { CommandContext, DiffSide } from '@kubefigurator/daemon';
import { unifiedDiff, unlessStopped } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import { openConfigStore } from '@kubefigurator/etcd-store';
import type { WantedText } from '@kubefigurator/rollout';
import { judgeReading } from '../apply/judge-reading.ts';
import type { Forecast } from '../apply/rehearse.ts';
import { rehearse } from '../apply/rehearse.ts';
import { createHostGate, viewHost } from '../host/host.ts';
import type { ReleaseContent } from '../host/release-files.ts';
import { releaseFilesNamedIn, readReleaseFiles } from '../host/release-files.ts';
import { readTextFile } from '../host/text-file.ts';
import type { applySettings } from '../settings.ts';
import { describeForecast, describeOutcome } from '../status/describe.ts';

type DiffContext = CommandContext<typeof applySettings>;

/**
 * Like diff(1) between the file on disk and this host's release of the text in etcd; stderr says how HAProxy would
 * get the text. Changes nothing and takes no lock. Exit code, as with diff(1): 0 for no
 * difference, 1 for a difference, 2 for trouble, such as a text that is refused.
 */
export async function runDiff(context: DiffContext): Promise<number> {
  const store = openConfigStore(context.settings, { log: context.log });
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
  const { forecast, release } = await rehearse(wanted, host, io.signal);
  const text = (await readTextFile(settings.haproxyConfig))?.text ?? '';
  const isSame = text === release.text;
  if (!isSame) {
    const to = `${key} (revision ${wanted.revision})`;
    const sides = [
      { label: settings.haproxyConfig, text },
      { label: to, text: release.text },
    ] as const;
    io.stdout.write(unifiedDiff(...sides, { context: 4, underline: true }));
  }
  for (const sides of await changedLists(text, release, host.live.folder))
    io.stdout.write(unifiedDiff(...sides, { context: 4, underline: true }));
  io.stderr.write(`${describeForecast(forecast, host.way.method)}\n`);
  return exitCode(forecast, isSame);
}

/**
 * The lists of certificates that differ; dynamic.cfg names them by their hashes only. The first list that the old
 * text alone has is compared with the first that the new release alone has, and so on.
 */
async function changedLists(
  text: string,
  { files }: ReleaseContent,
  folder: string,
): Promise<readonly (readonly [DiffSide, DiffSide])[]> {
  const before = releaseFilesNamedIn(text, folder);
  const after = new Set(files.map(({ name }) => name));
  const removed = before.filter((name) => !after.has(name));
  const added = files.filter(({ name }) => !before.includes(name));
  const pairs = Array.from({ length: Math.max(removed.length, added.length) }, async (_, index) => {
    const oldName = removed[index];
    const newList = added[index];
    const oldFiles = oldName === undefined ? undefined : await readReleaseFiles(folder, [oldName]);
    return [
      { label: oldName === undefined ? 'no list' : join(folder, oldName), text: oldFiles?.[0]?.content },
      { label: newList === undefined ? 'no list' : join(folder, newList.name), text: newList?.content },
    ] as const;
  });
  return Promise.all(pairs);
}

/** The text in etcd after the gate, or a sentence that says why nothing would be applied. */
function wantedOf(reading: Reading, { settings }: DiffContext): WantedText | string {
  if (reading.kind !== 'published') {
    const reason = reading.kind === 'missing' ? 'there is no such key in etcd' : reading.reason;
    return `${reason}; apply would keep what runs`;
  }
  const wanted = judgeReading(reading, createHostGate(settings));
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
