import { afterAll, beforeAll, expect, it } from 'vitest';
import { disturbLeaders } from '../soak/leaders.ts';
import type { KubeScene } from './support/kube-scene.ts';
import { startKubeScene } from './support/kube-scene.ts';

const SEED = 1 + (Date.now() % 100_000);

let scene: KubeScene;
beforeAll(async () => {
  scene = await startKubeScene();
});
afterAll(() => scene.close());

/** The short form of `npm run soak -- --only leaders`, which takes ten minutes, and a seed to repeat this one. */
it('no producer writes while another one leads, and no list goes back', { timeout: 150_000 }, async () => {
  process.stdout.write(`chaos: seed ${String(SEED)}\n`);
  const report = await disturbLeaders(scene, { seconds: 30, seed: SEED });
  expect(report).toMatchObject({ foreignWrites: [], listsThatWentBack: [] });
  // A lease takes ten seconds to end, and so does a change of the leader if it wasn't stopped cleanly.
  expect(report.leaders).toBeGreaterThan(1);
});
