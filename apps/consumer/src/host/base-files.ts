import { readFile, stat } from 'node:fs/promises';
import type { ConfigText, GlobalLimits, HostNeeds, Inheritance } from '@kubefigurator/haproxy-config';
import {
  findInheritance,
  globalLimits,
  mayReferToServers,
  parseConfigText,
} from '@kubefigurator/haproxy-config';

/** What the host's own files mean for the release. */
export interface BaseFacts {
  /**
   * True if a change of servers at run time has the same result as a fresh start. False if these files have a
   * default-server, which `add server` doesn't inherit, or may refer to our servers, or can't be read.
   */
  readonly allowsRuntime: boolean;
  readonly needs: Pick<HostNeeds, 'ignoreServerState'>;
  /** Directives that contradict what Services may expect. */
  readonly contradictions: readonly Contradiction[];
  readonly limits: GlobalLimits;
}

export interface Contradiction {
  readonly file: string;
  readonly line: number;
  readonly directive: string;
  readonly meaning: string;
}

interface FileFacts extends Inheritance {
  /** True if the file may change how our servers behave, so that a change at run time gives another result. */
  readonly concernsServers: boolean;
  /** The `global` sections alone. */
  readonly global: ConfigText;
}

/**
 * A file that can't be read may have anything, so the safe side is assumed: no change at run time, no strict limits.
 */
const UNREADABLE: FileFacts = {
  concernsServers: true,
  restoresServerState: true,
  contradictions: [],
  global: parseConfigText('global\n  no strict-limits\n'),
};

/** Reads the host's own files, each again only if it was touched since. */
export function createBaseReader(files: readonly string[]): () => Promise<BaseFacts> {
  const known = new Map<string, { readonly identity: string; readonly facts: FileFacts }>();

  async function factsOf(file: string): Promise<FileFacts> {
    const identity = await identityOfBaseFile(file);
    const before = known.get(file);
    if (before !== undefined && identity === before.identity) return before.facts;
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const facts = text === undefined ? UNREADABLE : judgeFile(text);
    // The identity is older than the content: if the file was changed in between, the next call reads it again.
    if (identity !== undefined) known.set(file, { identity, facts });
    return facts;
  }

  return async () => {
    const facts = await Promise.all(files.map(factsOf));
    return {
      allowsRuntime: !facts.some((each) => each.concernsServers),
      limits: globalLimits(facts.map(({ global }) => global)),
      needs: { ignoreServerState: facts.some((each) => each.restoresServerState) },
      contradictions: facts.flatMap(({ contradictions }, index) =>
        contradictions.map((each) => ({ file: files[index] ?? '', ...each })),
      ),
    };
  };
}

/** Another one after any change of the file; undefined if its status can't be read. */
export async function identityOfBaseFile(file: string): Promise<string | undefined> {
  const found = await stat(file, { bigint: true }).catch(() => undefined);
  return found && `${found.ino} ${found.ctimeNs} ${found.size}`;
}

function judgeFile(text: string): FileFacts {
  const config = parseConfigText(text);
  const sections = config.sections.filter(({ keyword }) => keyword === 'global');
  return {
    global: { preamble: [], sections },
    concernsServers: /^\s*default-server\b/m.test(text) || mayReferToServers(text),
    ...findInheritance(config),
  };
}
