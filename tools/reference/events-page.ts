import { EVENTS, type EventRow } from '@kubefigurator/daemon';
import { code, GENERATED, page, table } from './markdown.ts';

const SECTIONS: readonly (readonly [EventRow['program'], heading: string])[] = [
  ['both', 'Both programs'],
  ['producer', 'Producer'],
  ['consumer', 'Consumer'],
];

/** The reference page of log events, from the table that the loggers take their events from. */
export function eventsPage(): string {
  const rows: readonly (readonly [string, EventRow])[] = Object.entries(EVENTS);
  return page([
    '# Log events',
    GENERATED,
    'Each line of the log is one event: its name is in `msg`, its level in `level`, and the rest are fields. The names of events and fields are a promise.',
    'If a failure repeats, its first line has the higher level, and the further lines are logged at level debug.',
    ...SECTIONS.flatMap(([program, heading]) => [
      `## ${heading}`,
      eventTable(rows.filter(([, row]) => row.program === program)),
    ]),
  ]);
}

function eventTable(rows: readonly (readonly [string, EventRow])[]): string {
  return table(
    ['event', 'level', 'meaning', 'fields', 'ended by'],
    rows.map(([name, { levels, meaning, fields, endedBy = [] }]) => [
      code(name),
      levels.join(', '),
      meaning,
      Object.entries(fields)
        .map(([field, what]) => `${code(field)}: ${what}`)
        .join('; '),
      endedBy.map(code).join(', '),
    ]),
  );
}
