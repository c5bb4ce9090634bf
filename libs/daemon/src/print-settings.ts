import { alignColumns } from './align-columns.ts';
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
  return `${alignColumns([['FLAG', 'VALUE', 'FROM'], ...rows], '  ').join('\n')}\n`;
}
