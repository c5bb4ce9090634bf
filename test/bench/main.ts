import { benchChanges, benchLarge } from './changes.ts';
import { describeMachine } from './machine.ts';
import type { BenchOptions } from './progress.ts';
import { say } from './progress.ts';
import { benchReceivers } from './receivers.ts';
import type { Report } from './report.ts';
import { formatReport } from './report.ts';
import { benchRest } from './rest.ts';
import { benchServers } from './servers.ts';
import { benchView } from './view.ts';

/** The parts by the names `--only` takes, in the order in which they run. */
const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<Report>>> = {
  view: benchView,
  servers: benchServers,
  etcd: benchReceivers,
  changes: benchChanges,
  large: benchLarge,
  rest: benchRest,
};

async function main(options: BenchOptions): Promise<number> {
  const reports: Report[] = [];
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!options.only.includes(name)) continue;
    say(`\n=== ${name}`);
    const report = await measure(options);
    say(`\n${formatReport(report)}`);
    reports.push(report);
  }
  say(`\n\n${await describeMachine()}\n`);
  for (const report of reports) say(`${formatReport(report)}\n`);
  const missed = reports.flatMap(({ rows }) => rows).filter(({ holds }) => holds === false);
  say(missed.length === 0 ? 'every bound holds' : `${String(missed.length)} MISSED`);
  return missed.length === 0 ? 0 : 1;
}

const stopped = (): void => process.exit(130);
process.on('SIGINT', stopped);
process.on('SIGTERM', stopped);
main(JSON.parse(process.env['KUBEFIGURATOR_OPTIONS'] ?? '{}') as BenchOptions).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
