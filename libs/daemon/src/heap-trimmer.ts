import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Gives memory back to the system once a program rests. */
export interface HeapTrimmer {
  /** To be called after each piece of work that leaves garbage; each call starts the quiet time anew. */
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
 * Collects garbage once a program rests. V8 does so only while a program allocates: one that has handled a large text
 * would otherwise keep three to five times the memory that it needs until the next change, which may be weeks away.
 */
export function createHeapTrimmer({ quietMs = QUIET_MS, signal }: HeapTrimmerOptions): HeapTrimmer {
  let collect: (() => void) | undefined;
  let sizeAfterTrim = 0;
  let timer: NodeJS.Timeout | undefined;

  function trim(): void {
    if (getHeapStatistics().total_heap_size < sizeAfterTrim + WORTHWHILE_BYTES) return;
    collect ??= garbageCollector();
    collect();
    sizeAfterTrim = getHeapStatistics().total_heap_size;
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

/** V8's own function `gc`: a context that is created while the flag is set has it, and no other context does. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  return collect;
}
