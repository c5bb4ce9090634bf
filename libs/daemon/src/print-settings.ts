import type { ResolvedSettings } from './resolve-settings.ts';
import type { SettingsTable } from './settings.ts';

/** The output of `--print-settings`: a row for each setting with its value and where the value came from. */
export function formatSettings<Table extends SettingsTable>(
  table: Table,
  { settings, provenance }: ResolvedSettings<Table>,
): string {
  const rows = Object.entries(table).map(([name, setting]) => [
    `--${setting.flag}`,
    setting.show(settings[name]),
    provenance[name] ?? 'default',
  ]);
  return alignColumns([['FLAG', 'VALUE', 'FROM'], ...rows]);
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
