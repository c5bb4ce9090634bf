import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Gives memory back to the system once a program rests. */
export interface HeapTrimmer {
  /** To be called after each piece of work that leaves garbage; what is asked for again is put off. */
  readonly worked: () => void;
}

export interface HeapTrimmerOptions {
  /** Milliseconds without work until the garbage is collected. */
  readonly quietMs?: number;
  readonly signal: AbortSignal;
}

const QUIET_MS = 10_000;
/** A heap that has grown by less than this isn't worth the pause of a collection, which is some 40 ms for 30 MB in use. */
const WORTHWHILE_BYTES = 16 * 2 ** 20;

/**
 * V8 collects garbage when a program allocates. One that rests after a large text keeps three to five times what it needs
 * for as long as nothing changes, which may be weeks.
 */
export function createHeapTrimmer({ quietMs = QUIET_MS, signal }: HeapTrimmerOptions): HeapTrimmer {
  let collect: (() => void) | undefined;
  let sizeAfter = 0;
  let timer: NodeJS.Timeout | undefined;

  function trim(): void {
    if (getHeapStatistics().total_heap_size < sizeAfter + WORTHWHILE_BYTES) return;
    collect ??= garbageCollector();
    collect();
    sizeAfter = getHeapStatistics().total_heap_size;
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    worked: () => {
      if (signal.aborted) return;
      clearTimeout(timer);
      timer = setTimeout(trim, quietMs).unref();
    },
  };
}

/** V8's own function, which every new context has once the flag is set; other contexts don't get it. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
