import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killAtRandom } from '../soak/kills.ts';
import type { Scene } from './support/scene.ts';
import { startScene } from './support/scene.ts';

const SEED = 20;

/** The short form of `npm run soak -- --only=kills`, which makes 200 kills. */
describe('kill -9 of producer, consumers and etcd', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await startScene();
  });
  afterAll(() => scene.close());

  it('at 20 random moments during continuous changes: everything is in sync again, and no request failed', async () => {
    const { requests, killed } = await killAtRandom(scene, { kills: 20, seed: SEED, perSecond: 200 });
    expect({ seed: SEED, ...requests }).toMatchObject({ failed: 0, failures: [] });
    expect(Object.values(killed).every((count) => count > 0)).toBe(true);
  });
});
