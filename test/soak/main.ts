/** `npm run soak`: long runs; test/fault/kills.test.ts is a short one of kills. */
import { tellStory } from '../support/measuring/story.ts';
import { soakKills } from './kills-report.ts';
import { soakMixed } from './mixed.ts';
import type { SoakOptions } from './options.ts';
import { soakRevisions } from './revisions.ts';

tellStory<SoakOptions>({ kills: soakKills, mixed: soakMixed, revisions: soakRevisions });
