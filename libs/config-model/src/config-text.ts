import type { SourceComment } from './source.ts';
import { parseSourceComment } from './source.ts';

/**
 * The first line of every text the producer publishes.
 * A text that is only this line is a deliberate nothing: it is applied, while a blank value never is.
 */
export const CONFIG_HEADER =
  '# kubefigurator: written by kubefigurator-producer; changes made here are overwritten by the next publication';

/** One line of a config text. `number` counts from 1, as HAProxy's messages do. */
export interface ConfigLine {
  readonly number: number;
  readonly text: string;
  /** Words after quoting and comments are resolved; empty for blank lines and comments. */
  readonly words: readonly string[];
  /** The source comments directly above, or the last ones in the same section. */
  readonly sources: readonly SourceComment[];
}

/** A section of a config text: its keyword (`frontend`, `backend`, `listen`, …), its name and its lines. */
export interface ConfigSection {
  readonly keyword: string;
  readonly name: string;
  /** The section's own line comes first. */
  readonly lines: readonly ConfigLine[];
  readonly sources: readonly SourceComment[];
}
