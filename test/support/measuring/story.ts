import type { Report, Row } from './report.ts';
import { formatReport } from './report.ts';
import { describeMachine } from './machine.ts';

/** The parts of a story by the names `--only` takes, in the order in which they run. */
export type Parts<Options> = Readonly<Record<string, (options: Options) => Promise<Report>>>;

/** Progress and results, for who looks on. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Runs the parts that were asked for, prints what they measured, and ends the process with 1 when a bound was missed. */
export function tellStory<Options extends { readonly only: readonly string[] }>(parts: Parts<Options>): void {
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

/** Gives the rows that don't hold. */
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
