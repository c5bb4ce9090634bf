import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import type { CopiesInUse } from './certificate-copies.ts';
import { withCopies } from './certificate-copies.ts';
import type { LoweredRelease } from './release.ts';

/** What a host needs in its release besides the portable text. */
export interface HostNeeds {
  /** True if the host's own files make HAProxy load server states from a file, which would move our servers. */
  readonly ignoreServerState: boolean;
}

export const NO_NEEDS: HostNeeds = { ignoreServerState: false };

/** What lowering takes from the host. */
export interface LoweringFacts {
  readonly needs: HostNeeds;
  /** The host's own copies of certificates whose files are not fit for use, by file. */
  readonly copies: CopiesInUse;
}

/**
 * Makes this host's release of a portable text that the gate accepted and from which the refused parts were removed.
 * It names the host's own copy of a certificate whose file is not fit for use. The copies are not among the files of
 * the release, whose content is kept in memory: a copy has a key, and its name has the hash of its content.
 * The time is linear in the length of the text.
 */
export function lower(portable: ParsedText, revision: string, facts: LoweringFacts): LoweredRelease {
  const text = withCopies(portable.text, facts.copies);
  const named = text === portable.text ? portable : { text, config: parseConfigText(text, portable.config) };
  return facts.needs.ignoreServerState
    ? withoutServerState(named, revision)
    : {
        revision,
        text,
        files: [],
        portableLine: ({ file, line }) => (file === undefined ? line : undefined),
      };
}

const IGNORE_STATE = '  load-server-state-from-file none';
/** Everything down to the line of the section itself: comments and blank lines stand above it. */
const HEAD = /^(?:[ \t\r\v\f]*(?:#[^\n]*)?\n)*[^\n]*/;

/**
 * A directive of the section itself counts more than the one of `defaults`. It stands right below the section's own
 * line, whatever the section has further down.
 */
function withoutServerState({ text, config }: ParsedText, revision: string): LoweredRelease {
  const added: number[] = [];
  let count = 0;
  const [first] = config.sections;
  const raws = config.sections.map(({ keyword, raw, startLine }) => {
    if (keyword !== 'backend' && keyword !== 'listen') return raw;
    const head = HEAD.exec(raw)?.[0] ?? '';
    // The servers of a newer text may come into a release that was lowered before.
    if (`${raw}\n`.startsWith(`${head}\n${IGNORE_STATE}\n`)) return raw;
    count += 1;
    added.push(startLine + head.split('\n').length - 1 + count);
    return `${head}\n${IGNORE_STATE}${raw.slice(head.length)}`;
  });
  const preamble = first === undefined ? text : text.slice(0, text.length - lengthOf(config.sections));
  return {
    revision,
    text: `${preamble}${raws.join('\n')}`,
    files: [],
    portableLine: ({ file, line }) => (file === undefined ? lineBefore(added, line) : undefined),
  };
}

/** The sections are pieces of the text with one line feed between two. */
function lengthOf(sections: ParsedText['config']['sections']): number {
  return sections.reduce((sum, { raw }) => sum + raw.length + 1, -1);
}

/** The line of the portable text; undefined for a line that was added. `added` is in ascending order. */
function lineBefore(added: readonly number[], line: number): number | undefined {
  if (added.includes(line)) return undefined;
  return line - added.filter((each) => each < line).length;
}
