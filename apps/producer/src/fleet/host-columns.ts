import { driftCountsOf, type HostStatus } from '@kubefigurator/config-model';
import type { HostHealth } from './fleet-health.ts';
import type { Column } from './table.ts';

/** A column whose cells come from the host's status; a cell is empty if there is none. */
function said(heading: string, cell: (status: HostStatus) => string): Column<HostHealth> {
  return { heading, cell: ({ status }) => (status === undefined ? '' : cell(status)) };
}

/** The columns of the command `status`. */
export const HOST_COLUMNS: readonly Column<HostHealth>[] = [
  { heading: 'HOST', cell: ({ host }) => host },
  { heading: 'ALIVE', cell: ({ alive }) => (alive ? 'yes' : 'no') },
  { heading: 'IN SYNC', cell: ({ inSync }) => inSync },
  said('REVISION', ({ applied }) => applied?.revision ?? ''),
  said('LIVE BY', ({ applied }) => (applied?.how === 'none' ? 'no change' : (applied?.how ?? ''))),
  said('LIVE SINCE', ({ applied }) => inSeconds(applied?.at)),
  said('LEFT OUT', ({ leftOutCount }) => String(leftOutCount)),
  said('DRIFT', (status) => String(countOfDrift(status))),
  said('BLIND SINCE', ({ blindSince }) => inSeconds(blindSince)),
  said('HAPROXY', ({ versions }) => versions.haproxy ?? ''),
];

/** The columns that `-o wide` adds. */
export const WIDE_COLUMNS: readonly Column<HostHealth>[] = [
  said('SEEN', ({ seen }) => seen?.revision ?? ''),
  said('OUTCOME', ({ outcome }) => outcome?.kind ?? ''),
  said('OUTCOME AT', ({ outcome }) => inSeconds(outcome?.at)),
  said('FROZEN BY', ({ frozen }) => frozen?.by ?? ''),
  said('OLD WORKERS', ({ oldWorkers }) => String(oldWorkers)),
  said('CERTIFICATES', ({ certificateCount }) => String(certificateCount ?? '')),
  said('CONSUMER', ({ versions }) => versions.consumer),
];

/** ISO 8601 without fractions of a second. */
function inSeconds(at: string | undefined): string {
  return at?.replace(/\.\d+Z$/, 'Z') ?? '';
}

function countOfDrift(status: HostStatus): number {
  return Object.values(driftCountsOf(status)).reduce((sum, count) => sum + (count ?? 0), 0);
}
