/** How often the files are compared: a certificate has to be served within 10 seconds after a change of its file. */
const POLL_MS = 2_000;

/** Resolves to true if files differ from what the last observation saw. */
type Comparison = () => Promise<boolean>;

/**
 * Calls the listener soon after a certificate or one of our files beside dynamic.cfg changed. The files are polled,
 * since inotify doesn't see a change behind a link, or in a folder that was replaced by another one.
 */
export function watchFiles(
  comparisons: readonly Comparison[],
  signal: AbortSignal,
  listener: () => void,
): void {
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void look().finally(() => (isBusy = false));
  }, POLL_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });

  async function look(): Promise<void> {
    for (const hasChanged of comparisons) {
      // Files that can't be compared now are observed by the next pass anyway.
      if (!(await hasChanged().catch(() => false))) continue;
      listener();
      return;
    }
  }
}
