import { createGate } from '@kubefigurator/haproxy-config';
import type { ClusterSnapshot, TranslatorSettings } from '@kubefigurator/translator';
import { defaultTranslatorSettings } from '@kubefigurator/translator';
import type { PropertyRuns } from '@kubefigurator/translator/testing';
import { cluster, compileSnapshot, hostileService, propertyRuns } from '@kubefigurator/translator/testing';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { NamedText } from '../support/haproxy/check-many.ts';
import { checkMany } from '../support/haproxy/check-many.ts';
import { eachHaproxy } from '../support/haproxy/haproxy.ts';
import type { Provide } from '../support/fleet/provided-certificates.ts';
import { createProvider } from '../support/fleet/provided-certificates.ts';

const runs = propertyRuns();
const TIMEOUT = 3_600_000;
const PART = 10_000;
/** The first HAProxy checks every text, the others every fifth: they differ little, and the run would take too long. */
const SHARE_OF_OTHERS = 5;
const settings = fc.constantFrom<Partial<TranslatorSettings>>(
  {},
  { cluster: 'nyc1' },
  { cluster: 'nyc1', defaultCertificate: 'a.pem', backendCaFile: '/etc/haproxy/ca.pem' },
);
const randomClusters = fc.tuple(cluster, settings);
const hostileClusters = fc.tuple(
  fc
    .tuple(cluster, hostileService)
    .map(([{ services, nodes }, evil]) => ({ services: [evil, ...services.slice(0, 2)], nodes })),
  settings,
);

/** The gate of the hosts, which must accept every text that the producer renders. */
const gate = createGate({
  allowSections: [],
  folders: { certificates: ['/'], data: [] },
  maxLength: 10_000_000,
});
let folder: string;
let provide: Provide;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kf-random-'));
  provide = await createProvider(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The distinct texts of random cases; many cases have only errors and so render to the same text. */
function renderAll(
  cases: fc.Arbitrary<[ClusterSnapshot, Partial<TranslatorSettings>]>,
  some: PropertyRuns,
): readonly NamedText[] {
  const texts = fc.sample(cases, some).map(([snapshot, chosen]) => {
    const all = { ...defaultTranslatorSettings, ...chosen };
    return compileSnapshot(snapshot, all).text;
  });
  return [...new Set(texts)].map((text, index) => ({
    name: `${String(some.seed)}-${String(index)}.cfg`,
    text: provide(text),
  }));
}

/** Splits a long run into parts that fit into memory, each with its own seed. */
function inParts({ seed, numRuns }: PropertyRuns): readonly PropertyRuns[] {
  return Array.from({ length: Math.ceil(numRuns / PART) }, (_, part) => ({
    seed: seed + part,
    numRuns: Math.min(PART, numRuns - part * PART),
  }));
}

const versions = eachHaproxy();
const where = `HAProxy ${versions.map(([version]) => version).join(', ')}`;
it.each([
  ['random clusters', randomClusters],
  ['clusters with hostile annotations', hostileClusters],
] as const)(
  `%s, ${String(runs.numRuns)} from seed ${String(runs.seed)}, pass the gate and ${where}`,
  { timeout: TIMEOUT },
  async (_name, cases) => {
    for (const part of inParts(runs)) {
      const texts = renderAll(cases, part);
      expect(texts.length).toBeGreaterThan(part.numRuns / 20);
      const refused = texts.filter(({ text }) => gate(text).kind !== 'accepted');
      expect(refused).toEqual([]);
      for (const [index, [version, haproxy]] of versions.entries()) {
        const some = texts.filter((_text, at) => index === 0 || at % SHARE_OF_OTHERS === 0);
        expect({ version, complaints: await checkMany(haproxy, folder, some) }).toEqual({
          version,
          complaints: [],
        });
      }
    }
  },
);
