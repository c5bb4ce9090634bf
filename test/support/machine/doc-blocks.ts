import { readFileSync } from 'node:fs';

/** A fenced block of shell code in a page of the docs. */
export interface DocBlock {
  /** The nearest heading above the block. */
  readonly heading: string;
  /** The words after `sh` in the info string. */
  readonly tags: readonly string[];
  /** Why it isn't executed in tests; undefined if it is. */
  readonly notRun: string | undefined;
  readonly code: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
}

/** Every `sh` block of a page, in order; a fence that isn't closed throws. */
export function readDocBlocks(file: string): DocBlock[] {
  const blocks: DocBlock[] = [];
  let heading = '';
  let open: { info: string; line: number; code: string[] } | undefined;
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    const fence = /^```(.*)$/.exec(text);
    if (open === undefined) {
      heading = /^#+ (.*)$/.exec(text)?.[1] ?? heading;
      if (fence !== null) open = { info: fence[1] ?? '', line: index + 1, code: [] };
    } else if (fence === null) {
      open.code.push(text);
    } else {
      if (/^sh\b/.test(open.info)) blocks.push(toBlock(open, heading));
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${file}:${String(open.line)}: the fence isn't closed`);
  return blocks;
}

function toBlock(open: { info: string; line: number; code: string[] }, heading: string): DocBlock {
  const notRun = /not-run="([^"]*)"/.exec(open.info)?.[1];
  const tags = open.info
    .replace(/not-run="[^"]*"/, '')
    .split(/\s+/)
    .slice(1)
    .filter((tag) => tag !== '');
  return { heading, tags, notRun, code: open.code.join('\n'), line: open.line };
}
