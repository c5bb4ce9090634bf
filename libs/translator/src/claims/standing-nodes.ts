/** The names of the Nodes that are servers in the text that stands published. */
export type StandingNodes = () => ReadonlySet<string>;

export const NO_NODES: StandingNodes = () => new Set();

const SERVER = '\n  server ';

/** The names are read at the first call, which happens only if the text is too large with all Nodes. */
export function createStandingNodes(text: string | undefined): StandingNodes {
  if (text === undefined) return NO_NODES;
  let known: Set<string> | undefined;
  return () => (known ??= namesOfServers(text));
}

function namesOfServers(text: string): Set<string> {
  const names = new Set<string>();
  for (let at = text.indexOf(SERVER); at >= 0; at = text.indexOf(SERVER, at + 1)) {
    const start = at + SERVER.length;
    names.add(text.slice(start, text.indexOf(' ', start)));
  }
  return names;
}
