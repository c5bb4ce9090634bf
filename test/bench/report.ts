import type { LoadReport } from '../support/load-protocol.ts';
import type { HaproxyTimes } from './machine.ts';

export interface Measurements {
  /** Milliseconds per change, without load. */
  readonly quiet: readonly number[];
  /** Milliseconds per change, under load. */
  readonly busy: readonly number[];
  readonly requests: LoadReport;
  readonly haproxy: HaproxyTimes;
  readonly machine: string;
}

/** What has to hold. */
const BOUNDS = { p50Ms: 350, maxMs: 700, failed: 0 };

/** The middle value, of two the greater; 0 of nothing. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** One measurement against its bound. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly holds: boolean;
}

/** The table, and whether every bound holds. */
export function formatReport(
  { quiet, busy, requests, haproxy, machine }: Measurements,
  fleet: { readonly nodes: number; readonly services: number },
): { readonly text: string; readonly holds: boolean } {
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  const served = 'change → served on both hosts';
  const rows: Row[] = [
    {
      what: `${served}, p50 of ${String(quiet.length)}`,
      measured: ms(median(quiet)),
      bound: `under ${ms(BOUNDS.p50Ms)}`,
      holds: median(quiet) < BOUNDS.p50Ms,
    },
    {
      what: `${served}, max`,
      measured: ms(Math.max(...quiet)),
      bound: `under ${ms(BOUNDS.maxMs)}`,
      holds: Math.max(...quiet) < BOUNDS.maxMs,
    },
    {
      what: `failed requests on untouched Services, ${String(busy.length)} changes`,
      measured: `${String(requests.failed)} of ${String(requests.sent)}`,
      bound: String(BOUNDS.failed),
      holds: requests.failed <= BOUNDS.failed,
    },
  ];
  const holds = rows.every((row) => row.holds);
  const remarks = [
    `under load: change → served p50 ${ms(median(busy))}, max ${ms(Math.max(...busy))}; ` +
      `${String(requests.keepAlive)} keep-alive and ${String(requests.closing)} closing requests, ` +
      `p99 ${ms(requests.p99Ms)}, slowest ${ms(requests.slowestMs)}`,
    `HAProxy alone on this machine and text: haproxy -c ${ms(haproxy.checkMs)}, reload to new worker ${ms(haproxy.reloadMs)}`,
    ...requests.failures.map((failure) => `failed: ${failure}`),
  ];
  const heading = [
    machine,
    `2 hosts, ${String(fleet.nodes)} nodes, ${String(fleet.services)} Services, real API server`,
  ];
  return { text: [...heading, '', ...table(rows), '', ...remarks].join('\n'), holds };
}

/** The rows as lines, with a heading. */
export function table(rows: readonly Row[]): string[] {
  const header: readonly string[] = ['', 'measured', 'bound', ''];
  const cells = [
    header,
    ...rows.map((row) => [row.what, row.measured, row.bound, row.holds ? 'holds' : 'MISSED']),
  ];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
