import type { Report, Row } from './report.ts';
import { formatReport } from './report.ts';
import { describeMachine } from './machine.ts';

/** The parts by their names in `--only`, in the order in which they run. */
export type Parts<Options> = Readonly<Record<string, (options: Options) => Promise<Report>>>;

/** Prints progress and results. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs the chosen parts, prints their reports, and exits with 1 if a bound was missed. */
export function runAndReport<Options extends { readonly only: readonly string[] }>(
  parts: Parts<Options>,
): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  const options = JSON.parse(process.env['KUBEFIGURATOR_OPTIONS'] ?? '{}') as Options;
  runParts(parts, options).then(
    (missed) => {
      say(missed.length === 0 ? 'every bound holds' : `${String(missed.length)} MISSED`);
      process.exit(missed.length === 0 ? 0 : 1);
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
}

/** Runs the chosen parts and returns the rows that miss their bounds. */
async function runParts<Options extends { readonly only: readonly string[] }>(
  parts: Parts<Options>,
  options: Options,
): Promise<readonly Row[]> {
  const reports: Report[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (!options.only.includes(name)) continue;
    say(`\n=== ${name}`);
    const report = await measure(options);
    say(`\n${formatReport(report)}`);
    reports.push(report);
  }
  say(`\n\n${await describeMachine()}\n`);
  for (const report of reports) say(`${formatReport(report)}\n`);
  return reports.flatMap(({ rows }) => rows).filter(({ holds }) => holds === false);
}
