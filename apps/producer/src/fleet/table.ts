import { alignColumns } from '@kubefigurator/daemon';
import { terminalText } from '../explain/render/layout.ts';

/** A column of a table: its heading, and its cell in a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
}

/** In characters; some cells are written by hosts, which could make them longer. */
const LONGEST_CELL = 64;
/** In characters, for a line outside of a table. */
const LONGEST_LINE = 400;
const GAP = '   ';

/** The lines of a table as kubectl prints them; an empty cell is a dash. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map(({ cell }) => cut(cell(row)) || '-')),
  ];
  return alignColumns(cells, GAP);
}

/** A text from a host or an operator, made safe for a terminal and cut, as one cell or as a part of a line. */
export function cut(text: string, longest = LONGEST_CELL): string {
  const plain = terminalText(text.slice(0, longest + 1))
    .replaceAll('\n', '?')
    .replace(/ {2,}/g, ' ');
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

/** A text from a host or an operator, made safe for a terminal and cut, as one line. */
export function line(text: string): string {
  return cut(text, LONGEST_LINE);
}
