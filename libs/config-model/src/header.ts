/**
 * The first line of every text the producer publishes.
 * A text that is only this line is a deliberate nothing: it is applied, while a blank value never is.
 */
export const CONFIG_HEADER =
  '# kubefigurator: written by kubefigurator-producer; changes made here are overwritten by the next publication';

/** True for the producer's deliberate nothing and false for a blank value, which only looks like one. */
export function startsWithHeader(text: string): boolean {
  return text === CONFIG_HEADER || text.startsWith(`${CONFIG_HEADER}\n`);
}
