/** `npm run soak`: a long row of kills; test/fault/kills.test.ts is a short one. */
import { startScene } from '../fault/support/scene.ts';
import { killAtRandom } from './kills.ts';

interface SoakOptions {
  readonly kills?: string;
  readonly seed?: string;
  readonly perSecond?: string;
}

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

async function main(options: SoakOptions): Promise<number> {
  const seed = Number(options.seed ?? 1 + Math.floor(Math.random() * 999_999));
  const kills = Number(options.kills ?? 200);
  const perSecond = Number(options.perSecond ?? 200);
  say(`seed ${String(seed)}: ${String(kills)} kills under ${String(perSecond)} requests a second`);
  const scene = await startScene();
  try {
    const { requests, killed, recoveries } = await killAtRandom(scene, {
      kills,
      seed,
      perSecond,
      onKill: say,
    });
    const counts = Object.entries(killed).map(([name, count]) => `${name} ${String(count)}`);
    say(`\nkilled: ${counts.join(', ')}`);
    say(`in step again after at most ${Math.max(...recoveries).toFixed(0)} ms`);
    say(
      `requests failed: ${String(requests.failed)} of ${String(requests.sent)}, slowest ${requests.slowestMs.toFixed(0)} ms`,
    );
    for (const failure of requests.failures) say(`failed: ${failure}`);
    return requests.failed === 0 ? 0 : 1;
  } catch (error) {
    say(scene.fleet.logTails(12));
    throw error;
  }
}

const stopped = (): void => process.exit(130);
process.on('SIGINT', stopped);
process.on('SIGTERM', stopped);
main(JSON.parse(process.env['KUBEFIGURATOR_OPTIONS'] ?? '{}') as SoakOptions).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
