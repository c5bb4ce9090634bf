import { startKubeScene } from '../fault/support/kube-scene.ts';
import type { Report } from '../support/measuring/report.ts';
import { atLeast, noneOf, withoutBound } from '../support/measuring/report.ts';
import { say } from '../support/measuring/run-parts.ts';
import { disturbLeaders } from './leaders.ts';
import type { SoakOptions } from './options.ts';

/** Disturbs three producers for a long time; without a seed in the options it chooses a random one. */
export async function soakLeaders(options: SoakOptions): Promise<Report> {
  const { minutes = 10, seed = 1 + Math.floor(Math.random() * 999_999) } = options;
  say(`seed ${String(seed)}: ${String(minutes)} minutes`);
  const scene = await startKubeScene();
  try {
    const report = await disturbLeaders(scene, { seconds: minutes * 60, seed, onTrouble: say });
    const { changes, troubles, foreignWrites, listsThatWentBack } = report;
    return {
      heading: `leaders: three producers for ${String(minutes)} minutes, seed ${String(seed)}`,
      rows: [
        noneOf('texts of a producer that didn’t lead', foreignWrites.length, changes),
        noneOf('texts from older lists than the one before', listsThatWentBack.length, changes),
        withoutBound('producers killed, stopped or cut off', String(troubles)),
        atLeast('leaders', report.leaders, 2, String),
      ],
      remarks: [...foreignWrites, ...listsThatWentBack],
    };
  } catch (error) {
    say(scene.fleet.logTails(12));
    throw error;
  } finally {
    await scene.close();
  }
}
