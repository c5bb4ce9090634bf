/** The line of a generated Markdown page that says how it is written again. */
export const GENERATED =
  '<!-- Generated from the tables in the code: UPDATE_GOLDENS=1 npm run test:unit writes it. -->';

/** A page of blocks with an empty line between two of them. */
export function page(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}

/** Text as code. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** A table; a `|` in a cell is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(row).join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
