import { createAlarm, type Logger } from '@kubefigurator/daemon';
import { nearlyFull, type RoomUse, roomUsesOf } from './text-room.ts';

/** Says when the text comes near to what etcd or the hosts take. */
export interface SizeWatch {
  /** To be called with the text that etcd has, and the size in bytes of the key's value. */
  readonly measure: (published: { readonly text: string; readonly bytes: number }) => void;
  /** Has the next text measured even if it is the same; to be called when the metrics of the text were cleared. */
  readonly forget: () => void;
}

export interface SizeWatchOptions {
  /** A text that uses more than this part of a limit is logged; above 0 and at most 1. */
  readonly part: number;
  /** Gets what is used of each limit; `nearCount` is the number of limits of which more than `part` is used. */
  readonly onMeasured: (uses: readonly RoomUse[], nearCount: number) => void;
  readonly log: Logger;
}

export function createSizeWatch({ part, onMeasured, log }: SizeWatchOptions): SizeWatch {
  const alarm = createAlarm();
  let measured: string | undefined;
  return {
    measure: ({ text, bytes }) => {
      if (text === measured) return;
      measured = text;
      const uses = roomUsesOf({ text, bytes }, part);
      const near = nearlyFull(uses, part);
      onMeasured(uses, near.length);
      if (near.length > 0) {
        const level = alarm.raise('warn', near.map(({ limit }) => limit).join(' '));
        log[level]({ what: near.map(describeUse).join(', '), hint: HINT }, 'text-room.short');
        return;
      }
      const level = alarm.end();
      if (level !== undefined) log[level]('text-room.recovered');
    },
    forget: () => {
      measured = undefined;
    },
  };
}

const HINT =
  'from nine tenths of a limit on new Services are left out: publish fewer Services or Nodes, or give a part of them an --etcd-path, a producer and hosts of its own';

function describeUse({ count, most, unit }: RoomUse): string {
  return `${String(count)} of the ${String(most)} ${unit}`;
}
