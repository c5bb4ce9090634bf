import type { Logger } from '@kubefigurator/daemon';
import type { Reading } from '@kubefigurator/etcd-store';
import type { Memory, Trigger, Wanted } from '@kubefigurator/rollout';
import { hashOfPublished, judgeReading, revisionOf } from '../apply/judge-reading.ts';
import { readBootId } from '../host/boot-clock.ts';
import type { Host } from '../host/host.ts';
import type { ReadingMark } from '../state/reading-mark.ts';
import { createReadingMark } from '../state/reading-mark.ts';

/** What etcd asks this host to run, by a reading of the key; `unknown` if there is no reading yet. */
export type Receive = (
  reading: Reading | undefined,
  memory: Memory,
  triggers: ReadonlySet<Trigger>,
) => Promise<Wanted>;

interface Received {
  readonly reading: Reading;
  readonly wanted: Wanted;
  readonly isSuspect: boolean;
}

const SUSPECT =
  'the agent ended while it read this text, so it is not read again: publish another one, or send SIGHUP to try it';

/**
 * Judges each reading once, not in each pass. If an earlier agent ended while it read a text, that text is refused
 * until etcd has another one or SIGHUP comes.
 */
export function createReceiver(host: Host, log: Logger): Receive {
  let last: Received | undefined;
  let opened: Promise<ReadingMark> | undefined;
  return async (reading, { known }, triggers) => {
    if (reading === undefined) return { kind: 'unknown' };
    const isForced = triggers.has('signal');
    if (last !== undefined && isSettled(last, reading, isForced)) return last.wanted;
    const mark = await (opened ??= openMark(host));
    const hash = hashOfPublished(reading) ?? '';
    const isSuspect = mark.isSuspect(hash) && !isForced;
    if (isSuspect) log.error({ hash }, 'text.suspected');
    const wanted = isSuspect
      ? suspected(reading)
      : mark.during(hash, () => judgeReading(reading, host.gate, known));
    last = { reading, wanted, isSuspect };
    return wanted;
  };
}

/** True if the reading was judged already; on SIGHUP a suspect text is judged all the same. */
function isSettled(last: Received, reading: Reading, isForced: boolean): boolean {
  return last.reading === reading && !(last.isSuspect && isForced);
}

async function openMark(host: Host): Promise<ReadingMark> {
  return createReadingMark(host.state.path, await readBootId());
}

function suspected(reading: Reading): Wanted {
  return { kind: 'refused', revision: revisionOf(reading) ?? '', blame: [{ sources: [], message: SUSPECT }] };
}
