import { mkdirSync, rmSync } from 'node:fs';
import type { Gate } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { afterAll, describe, expect, it } from 'vitest';
import { BATCH, judgeBatch, runCampaign } from '../support/gate-fuzz/campaign.ts';
import type { Finding } from '../support/gate-fuzz/check.ts';
import { checkTexts, prepareBench } from '../support/gate-fuzz/check.ts';
import { createLaboratory, LABORATORIES } from '../support/gate-fuzz/programs.ts';
import { runTexts } from '../support/gate-fuzz/run.ts';
import type { Places } from '../support/gate-fuzz/words.ts';
import { eachHaproxy } from '../support/haproxy/haproxy.ts';

const SEED = Number(process.env['KUBEFIGURATOR_FUZZ_SEED'] ?? 20_261_127);
const BATCHES = Number(process.env['KUBEFIGURATOR_FUZZ_BATCHES'] ?? 4);
const TIMEOUT = 3_600_000;
mkdirSync(LABORATORIES, { recursive: true });
afterAll(() => {
  rmSync(LABORATORIES, { recursive: true });
});

const openGate: Gate = (text) => ({ kind: 'accepted', text, config: parseConfigText(text) });
const PLAIN = [
  'frontend f1x',
  '  mode http',
  '  bind 127.0.0.1:10001',
  '  acl a1 always_true',
  '  timeout client 5s',
];

/** Lines that the gate refuses, and the kind of finding that each must give without it. */
function planted({ bait }: Places): readonly (readonly [Finding['kind'], string])[] {
  return [
    ['access', `  errorfile 503 ${bait}/page`],
    ['access', `  bind 127.0.0.1:10002 ssl crt ${bait}/key.pem`],
    ['access', '  acl x src -f patterns'],
    ['access', `  bind ${bait}/m.sock`],
    ['words', '  acl probe str(x) -m sub -- "$X"'],
    ['sockets', 'backend b1x\n  bind 127.0.0.1:10003'],
  ];
}

describe.each(eachHaproxy())('HAProxy %s', (version, haproxy) => {
  it(
    `reads random texts as the gate does, and reaches nothing that they may not name: ${String(BATCHES)} batches of ${String(BATCH)} from seed ${String(SEED)}`,
    { timeout: TIMEOUT },
    async () => {
      const laboratory = await createLaboratory(version);
      const outcome = await runCampaign(haproxy, laboratory, {
        seed: SEED,
        batches: BATCHES,
        checkedForOneRun: 2,
      });
      expect(outcome.reports.join('\n\n')).toBe('');
      // The texts must not be too simple: HAProxy accepts lines of many of them, with many directives, and runs some.
      expect(outcome.valid).toBeGreaterThan(outcome.texts / 4);
      expect(outcome.ran).toBeGreaterThan(0);
      expect(outcome.directives.size).toBeGreaterThan(40);
    },
  );

  it('sees what a gate that accepts everything would let through', { timeout: TIMEOUT }, async () => {
    const laboratory = await createLaboratory(`${version}-open`);
    const bench = await prepareBench(haproxy, laboratory, openGate);
    for (const [kind, line] of planted(laboratory.places)) {
      const texts = [{ index: 1, lines: [...PLAIN, ...line.split('\n')] }];
      const { findings, valid } = await checkTexts(bench, texts);
      const found = findings.length > 0 ? findings : await runTexts(bench, valid);
      expect(
        found.map((each) => each.kind),
        line,
      ).toContain(kind);
    }
  });
});

it('shrinks a text to what is wrong with it', { timeout: TIMEOUT }, async () => {
  const [[, haproxy] = []] = eachHaproxy();
  if (haproxy === undefined) throw new Error('there is no HAProxy');
  const laboratory = await createLaboratory('shrunk');
  const bench = await prepareBench(haproxy, laboratory, openGate);
  const lines = [...PLAIN, '  errorfile 503 key.pem', 'backend b1x', '  server s 10.0.0.1:80'];
  const { reports } = await judgeBatch(bench, [{ index: 1, lines }], false);
  expect(reports.map((report) => report.split('\n').slice(1))).toEqual([
    [expect.stringMatching(/frontend/), expect.stringMatching(/errorfile 503 key\.pem/)],
  ]);
});
