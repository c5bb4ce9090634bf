/** A link in a page to a file or heading of this repository. */
export interface Link {
  /** From 1. */
  readonly line: number;
  /** As the page has it, without the anchor; empty for the page itself. */
  readonly path: string;
  readonly anchor: string | undefined;
}

/** Matches `](target)`, with a title or without, and a definition `[name]: target` at the start of a line. */
const LINK = /\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/g;
/** Matches the start of a link to another site: a scheme, or `//`. */
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** The links of a page, without those to other sites and those in code. */
export function linksOf(markdown: string): Link[] {
  return proseLines(markdown).flatMap(({ text, line }) =>
    [...text.replaceAll(/`[^`]*`/g, '').matchAll(LINK)].flatMap(([, inline, reference]) => {
      const target = inline ?? reference ?? '';
      if (ELSEWHERE.test(target)) return [];
      const [path = '', anchor] = target.split('#');
      return [{ line, path, anchor }];
    }),
  );
}

/** The anchors of the headings of a page, as GitHub makes them: a repeated one has a number behind it. */
export function anchorsOf(markdown: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const anchors = new Set<string>();
  for (const { text } of proseLines(markdown)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1];
    if (heading === undefined) continue;
    const anchor = anchorOf(heading);
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${String(count)}`);
  }
  return anchors;
}

function anchorOf(heading: string): string {
  return heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The lines outside of fenced blocks of code, numbered from 1. */
function proseLines(markdown: string): { readonly text: string; readonly line: number }[] {
  let fence: string | undefined;
  return markdown.split('\n').flatMap((text, index) => {
    const mark = /^\s*(```+|~~~+)/.exec(text)?.[1];
    if (fence === undefined && mark === undefined) return [{ text, line: index + 1 }];
    if (fence === undefined) fence = mark;
    else if (mark?.startsWith(fence) === true) fence = undefined;
    return [];
  });
}
