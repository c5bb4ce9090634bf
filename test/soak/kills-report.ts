import { startScene } from '../fault/support/scene.ts';
import type { Report } from '../support/measuring/report.ts';
import { ms, noneOf, withoutBound } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { killAtRandom } from './kills.ts';
import type { SoakOptions } from './options.ts';

/** Makes a long series of kills; without a seed in the options it chooses a random one. */
export async function soakKills(options: SoakOptions): Promise<Report> {
  const { kills = 200, perSecond = 200, seed = 1 + Math.floor(Math.random() * 999_999) } = options;
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
    return {
      heading: `kills: ${String(kills)}, seed ${String(seed)} (${counts.join(', ')})`,
      rows: [
        noneOf(`requests, ${String(perSecond)} a second`, requests.failed, requests.sent),
        withoutBound('slowest request', ms(requests.slowestMs)),
        withoutBound('in sync again, after at most', ms(Math.max(...recoveries))),
      ],
      remarks: requests.failures,
    };
  } catch (error) {
    say(scene.fleet.logTails(12));
    throw error;
  } finally {
    await scene.close();
  }
}
