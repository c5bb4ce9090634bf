import { join } from 'node:path';
import type { CommandResult } from '../sandbox/processes.ts';
import { runCommand } from '../sandbox/processes.ts';
import { repositoryRoot, scratchFolder } from '../sandbox/programs.ts';

/** The folder of the chart that we ship. */
export const CHART = join(repositoryRoot, 'deploy/helm/kubefigurator-producer');

/** Runs the real helm with a home folder of its own; throws with the reason if the harness couldn't obtain helm. */
export function helm(...args: readonly string[]): Promise<CommandResult> {
  const program = process.env['KUBEFIGURATOR_HELM'];
  if (program === undefined)
    throw new Error(process.env['KUBEFIGURATOR_HELM_PROBLEM'] ?? 'run this through "npm test -- <file>"');
  return runCommand([program, ...args], { env: { HOME: join(scratchFolder(), 'helm') } });
}
