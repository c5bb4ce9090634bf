/** `npm run soak`: long runs; test/fault/kills.test.ts is the short form of `kills`, test/contract/gate-fuzz.test.ts that of `gate`. */
import { runAndReport } from '../support/measuring/run-parts.ts';
import { soakGate } from './gate.ts';
import { soakKills } from './kills-report.ts';
import { soakMixed } from './mixed.ts';
import type { SoakOptions } from './options.ts';
import { soakRevisions } from './revisions.ts';

runAndReport<SoakOptions>({
  kills: soakKills,
  mixed: soakMixed,
  revisions: soakRevisions,
  gate: soakGate,
});
