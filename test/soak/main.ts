/** `npm run soak`: long runs; test/fault/kills.test.ts is the short form of `kills`, leader-chaos.test.ts of `leaders`, test/contract/gate-fuzz.test.ts of `gate`. */
import { runAndReport } from '../support/measuring/run-parts.ts';
import { soakGate } from './gate.ts';
import { soakKills } from './kills-report.ts';
import { soakLeaders } from './leaders-report.ts';
import { soakMixed } from './mixed.ts';
import type { SoakOptions } from './options.ts';
import { soakProducer } from './producer.ts';
import { soakRevisions } from './revisions.ts';

runAndReport<SoakOptions>({
  kills: soakKills,
  leaders: soakLeaders,
  mixed: soakMixed,
  revisions: soakRevisions,
  producer: soakProducer,
  gate: soakGate,
});
