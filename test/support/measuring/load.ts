import { join } from 'node:path';
import type { LoadPlan, LoadReport } from './load-protocol.ts';
import { startProcess } from '../sandbox/processes.ts';
import { repositoryRoot } from '../sandbox/programs.ts';

/** Requests that a separate process sends. */
export interface Load {
  /** Stops it and returns its report. */
  stop(): Promise<LoadReport>;
}

/** Starts a load and waits for its first answers. */
export async function startLoad(plan: LoadPlan, logs: string): Promise<Load> {
  const process = startProcess({
    name: 'load',
    command: [
      globalThis.process.execPath,
      '--import',
      'tsx',
      join(repositoryRoot, 'test/support/measuring/load-generator.ts'),
    ],
    cwd: repositoryRoot,
    logs,
    channel: true,
  });
  const next = (): Promise<LoadReport> =>
    new Promise((resolve, reject) => {
      process.child.once('message', (report: LoadReport) => resolve(report));
      void process.exited.then(() => {
        reject(new Error(`the load generator ended:\n${process.tail()}`));
      });
    });
  const started = next();
  process.child.send(plan);
  await started;
  return {
    stop: async () => {
      const last = next();
      process.child.send('stop');
      const report = await last;
      await process.kill();
      return report;
    },
  };
}
