/**
 * The first line of every text the producer publishes.
 * A text that is only this line means that no Service is to be served, and it is applied; a blank value never is.
 */
export const CONFIG_HEADER =
  '# kubefigurator: written by kubefigurator-producer; changes made here are overwritten by the next publication';

/** True if a text begins with the header line, also if nothing follows; false for a blank value. */
export function startsWithHeader(text: string): boolean {
  return text === CONFIG_HEADER || text.startsWith(`${CONFIG_HEADER}\n`);
}
