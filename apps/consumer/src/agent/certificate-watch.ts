import type { Certificates } from '../apply/certificates.ts';

/** A certificate has to be served within 10 seconds after its file changed, whichever way that was written. */
const POLL_MS = 2_000;

/**
 * Calls the listener soon after the file of a certificate changed. It compares the status of the files, since inotify
 * doesn't see a change behind a link, or in a folder that was swapped.
 */
export function watchCertificates(
  { haveChanged }: Pick<Certificates, 'haveChanged'>,
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
    // What can't be looked at now is looked at again by the next pass.
    if (await haveChanged().catch(() => false)) listener();
  }
}
