/** For this long after a failure the function isn't run again. */
const FAILURE_HOLD_MS = 5_000;

/**
 * Calls that come while the function runs share this one run. For five seconds after a failure, calls get that failure
 * instead of another run.
 */
export function createSharedRun<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let failure: { readonly error: unknown; readonly at: number } | undefined;

  async function runOnce(): Promise<T> {
    try {
      return await run();
    } catch (error) {
      failure = { error, at: performance.now() };
      throw error;
    } finally {
      running = undefined;
    }
  }

  return async () => {
    if (running === undefined && failure !== undefined && performance.now() - failure.at < FAILURE_HOLD_MS)
      throw failure.error;
    running ??= runOnce();
    return running;
  };
}
