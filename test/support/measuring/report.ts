/** One measurement, with or without a bound. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  /** Undefined if there is no bound. */
  readonly holds?: boolean;
}

/** The measurements of one part. */
export interface Report {
  readonly heading: string;
  readonly rows: readonly Row[];
  /** Lines below the table. */
  readonly remarks?: readonly string[];
}

/** A measurement that must be less than its bound. */
export function under(what: string, value: number, bound: number, show: (value: number) => string): Row {
  return { what, measured: show(value), bound: `under ${show(bound)}`, holds: value < bound };
}

/** A measurement that must reach its bound. */
export function atLeast(what: string, value: number, bound: number, show: (value: number) => string): Row {
  return { what, measured: show(value), bound: `at least ${show(bound)}`, holds: value >= bound };
}

/** A number of failures, which must be 0 of at least one. */
export function noneOf(what: string, failed: number, all: number): Row {
  return {
    what: `failed ${what}`,
    measured: `${String(failed)} of ${all.toLocaleString('en')}`,
    bound: '0',
    holds: failed === 0 && all > 0,
  };
}

/** A measurement without a bound. */
export function withoutBound(what: string, measured: string): Row {
  return { what, measured, bound: '' };
}

export function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/** The median; the greater of two middle values; 0 for an empty list. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The table with its heading and remarks. */
export function formatReport({ heading, rows, remarks = [] }: Report): string {
  const below = remarks.length === 0 ? [] : ['', ...remarks];
  return [heading, '', ...table(rows), ...below].join('\n');
}

/** The rows as lines, with a heading. */
export function table(rows: readonly Row[]): string[] {
  const header: readonly string[] = ['', 'measured', 'bound', ''];
  const cells = [header, ...rows.map((row) => [row.what, row.measured, row.bound, verdictOf(row)])];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function verdictOf({ holds }: Row): string {
  if (holds === undefined) return '';
  return holds ? 'holds' : 'MISSED';
}
