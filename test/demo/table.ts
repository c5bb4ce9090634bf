import type { Fleet } from '../support/fleet/fleet.ts';
import type { StepResult } from './tour.ts';

const TITLE_WIDTH = 46;
const CELL_WIDTH = 14;

/** The heading: one column per host. */
export function formatHeading(fleet: Fleet): string {
  const row = (title: string, cells: readonly string[]): string =>
    `    ${title.padEnd(TITLE_WIDTH)}${cells.map((cell) => cell.padEnd(CELL_WIDTH)).join('')}`.trimEnd();
  return [
    row(
      '',
      fleet.hosts.map((host) => host.name),
    ),
    row(
      'from the change to the right answer',
      fleet.hosts.map((host) => host.address),
    ),
  ].join('\n');
}

/** A step's line, and below it the answers of the first host. */
export function formatStep(result: StepResult, remarks: readonly string[]): string {
  const { step, hosts } = result;
  const right = hosts.every((host) => host.failure === undefined);
  const cells = hosts.map((host) =>
    (host.ms === undefined ? 'WRONG' : `${host.ms.toFixed(0)} ms`).padEnd(CELL_WIDTH),
  );
  const line = `  ${right ? '✓' : '✗'} ${step.title.padEnd(TITLE_WIDTH)}${cells.join('')}`.trimEnd();
  const seen = hosts.flatMap((host, index) => (index === 0 ? host.seen : []));
  return [line, ...[...seen, ...remarks].map((text) => `        ${text}`)].join('\n');
}

/** One line per host and step that went wrong. */
export function listFailures(results: readonly StepResult[]): string[] {
  return results.flatMap(({ step, hosts }) =>
    hosts.flatMap(({ host, failure }) =>
      failure === undefined ? [] : [`${host.name} (${host.address}), step "${step.title}": ${failure}`],
    ),
  );
}
