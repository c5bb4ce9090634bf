import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { stateFolderAt } from '../state/ledger.ts';
import { hasItsHash } from './release-hash.ts';
import { bringTo, releaseNumber } from './testing/release-steps.ts';

/** Far more changes of the file system than a release takes. */
const MOST_STEPS = 100;

let driver: string;

/** One bundle, since the driver is started once for each step. */
beforeAll(async () => {
  driver = join(mkdtempSync(join(tmpdir(), 'kubefigurator-kill-driver-')), 'driver.cjs');
  const source = fileURLToPath(new URL('./testing/kill-driver.ts', import.meta.url));
  await build({
    entryPoints: [source],
    outfile: driver,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { __KUBEFIGURATOR_VERSION__: '"test"' },
    logLevel: 'error',
  });
});

/** True if the driver came to its end before it was to be killed. */
function drive(folder: string, number: number, killAt: number): Promise<boolean> {
  const args = [driver, folder, String(number), String(killAt)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, _, stderr) => {
      if (error === null) resolve(true);
      else if (error.signal === 'SIGKILL') resolve(false);
      else reject(new Error(stderr));
    });
  });
}

/** The release that dynamic.cfg holds; every file that it names is there and whole. */
function liveRelease(folder: string): number {
  const text = readFileSync(join(folder, 'dynamic.cfg'), 'utf8');
  const files = [...text.matchAll(/map\(([^)]*)\)/g)].map((match) => match[1] ?? '');
  expect(files.length).toBe(2);
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    expect(hasItsHash({ name, content: readFileSync(file, 'utf8') }), file).toBe(true);
  }
  return Number(/^# release (\d+)$/m.exec(text)?.[1]);
}

it(
  'a kill before any change of the file system leaves a whole release, and the next start installs the new one',
  { timeout: 120_000 },
  async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kubefigurator-kill-')));
    const ours = join(folder, 'kubefigurator');
    await bringTo(releaseNumber(0, folder), folder);
    const seen = new Set<string>();
    let step = 0;
    for (let isDone = false; !isDone;) {
      step += 1;
      expect(step).toBeLessThan(MOST_STEPS);
      isDone = await drive(folder, step, step);
      const live = liveRelease(folder);
      expect([step - 1, step]).toContain(live);
      const good = await stateFolderAt(folder, ours).read();
      if (good !== undefined)
        expect(good.release).toEqual(releaseNumber(Number(good.ledger.revision), folder));
      seen.add(`live ${live === step ? 'new' : 'old'}, ledger ${describe(good?.ledger.revision, step)}`);
      const release = releaseNumber(step, folder);
      await bringTo(release, folder);
      expect(liveRelease(folder)).toBe(step);
      expect((await stateFolderAt(folder, ours).read())?.release).toEqual(release);
      expect(readdirSync(ours).sort()).toEqual(release.files.map(({ name }) => name).sort());
      expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
    }
    // Each state that a crash can leave was there.
    expect([...seen].sort()).toEqual([
      'live new, ledger new',
      'live new, ledger none',
      'live new, ledger old',
      'live old, ledger old',
    ]);
  },
);

function describe(revision: string | undefined, step: number): string {
  if (revision === undefined) return 'none';
  return revision === String(step) ? 'new' : 'old';
}
