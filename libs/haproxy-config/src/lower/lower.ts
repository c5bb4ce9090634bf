import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { replaceFilesByCopies } from './certificate-copies.ts';
import type { ListedText, ListSources } from './certificate-lists.ts';
import { replaceFoldersByLists } from './certificate-lists.ts';
import { withoutOwnServers } from './own-servers.ts';
import type { LineMap, LoweredRelease } from './release.ts';

/** What a host needs in its release besides the portable text. */
export interface HostNeeds {
  /** True if the host's own files make HAProxy load server states from a file, which would move our servers. */
  readonly ignoreServerState: boolean;
  /** Every address of the host, in its one spelling: a server there on a port of the text would be HAProxy itself. */
  readonly ownAddresses: readonly string[];
}

export const NO_NEEDS: HostNeeds = { ignoreServerState: false, ownAddresses: [] };

/** What lowering takes from the host; `copies` are those of certificates whose files are not fit for use. */
export interface LoweringFacts extends ListSources {
  readonly needs: HostNeeds;
}

/**
 * Makes this host's release of a portable text that the gate accepted and from which the refused parts were removed.
 * It has lists of certificates instead of their folders, no server that would be HAProxy itself, and the host's own
 * copy of a certificate whose file is not fit for use. If the host needs it, HAProxy is told to ignore files of
 * server states. The copies are not among the files of the release, whose content is kept in memory: a copy has a
 * key, and its name has the hash of its content.
 * The time is linear in the length of the text.
 */
export function lower(portable: ParsedText, revision: string, facts: LoweringFacts): LoweredRelease {
  const listed = replaceFoldersByLists(portable, facts);
  const copied = replaceFilesByCopies(listed.text, facts.copies);
  // Lists and copies change `bind` lines in their places only, so the lines of servers are those of the portable text.
  const text = withoutOwnServers({ text: copied, config: portable.config }, facts.needs.ownAddresses);
  const named = text === portable.text ? portable : { text, config: parseConfigText(text, portable.config) };
  const { text: release, added } = facts.needs.ignoreServerState
    ? withoutServerState(named)
    : { text, added: [] };
  return { revision, text: release, files: listed.files, portableLine: lineMap(added, listed) };
}

/** A line of dynamic.cfg is counted without the added lines above; a line of a list stands for the `bind` that names it. */
function lineMap(added: readonly number[], { lineOf }: ListedText): LineMap {
  return ({ file, line }) => (file === undefined ? lineBefore(added, line) : lineOf.get(file));
}

const IGNORE_STATE = '  load-server-state-from-file none';
/** Everything down to the section's own line, and that line: comments and blank lines stand above it. */
const HEAD = /^(?:[ \t\r\v\f]*(?:#[^\n]*)?\n)*[^\n]*/;

/**
 * Adds a line to each backend and listen section, so that HAProxy takes no server state from a file: a directive of the
 * section itself counts more than the one of `defaults`. It stands right below the section's own line, whatever the
 * section has further down. `added` has the numbers of these lines in the new text.
 */
function withoutServerState({ text, config }: ParsedText): {
  readonly text: string;
  readonly added: readonly number[];
} {
  const added: number[] = [];
  const [first] = config.sections;
  const raws = config.sections.map(({ keyword, raw, startLine }) => {
    if (keyword !== 'backend' && keyword !== 'listen') return raw;
    const head = HEAD.exec(raw)?.[0] ?? '';
    // The text has the line already if it is a release that only gets the servers of a newer text.
    if (`${raw}\n`.startsWith(`${head}\n${IGNORE_STATE}\n`)) return raw;
    // Below the section's own line, and further down by each line that was added above.
    added.push(startLine + head.split('\n').length + added.length);
    return `${head}\n${IGNORE_STATE}${raw.slice(head.length)}`;
  });
  const preamble = first === undefined ? text : text.slice(0, text.length - lengthOf(config.sections));
  return { text: `${preamble}${raws.join('\n')}`, added };
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
