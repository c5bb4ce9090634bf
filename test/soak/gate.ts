import { mkdirSync, rmSync } from 'node:fs';
import type { Outcome } from '../support/gate-fuzz/campaign.ts';
import { runCampaign } from '../support/gate-fuzz/campaign.ts';
import { createLaboratory, LABORATORIES } from '../support/gate-fuzz/programs.ts';
import { eachHaproxy } from '../support/haproxy/haproxy.ts';
import type { Report, Row } from '../support/measuring/report.ts';
import { noneOf, withoutBound } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import type { SoakOptions } from './options.ts';

/** Judges random texts by each HAProxy; test/contract/gate-fuzz.test.ts is the short form. */
export async function soakGate(options: SoakOptions): Promise<Report> {
  const { minutes = 10, seed = 1 + Math.floor(Math.random() * 999_999) } = options;
  const versions = eachHaproxy();
  mkdirSync(LABORATORIES, { recursive: true });
  const rows: Row[] = [];
  const remarks: string[] = [];
  try {
    for (const [version, haproxy] of versions) {
      say(`seed ${String(seed)}: HAProxy ${version}`);
      const outcome = await runCampaign(haproxy, await createLaboratory(version), {
        seed,
        batches: Number.POSITIVE_INFINITY,
        limitMs: (minutes * 60_000) / versions.length,
        checkedForOneRun: 3,
      });
      rows.push(...rowsOf(version, outcome));
      remarks.push(...outcome.reports);
    }
  } finally {
    rmSync(LABORATORIES, { recursive: true });
  }
  return { heading: `gate: ${String(minutes)} minutes, seed ${String(seed)}`, rows, remarks };
}

function rowsOf(version: string, { texts, lines, ran, reports }: Outcome): Row[] {
  return [
    noneOf(`texts that the gate accepts, on ${version}`, reports.length, texts + reports.length),
    withoutBound(`lines that HAProxy ${version} accepts`, lines.toLocaleString('en')),
    withoutBound(`texts that HAProxy ${version} ran`, ran.toLocaleString('en')),
  ];
}
