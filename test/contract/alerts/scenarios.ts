import { CONSUMER } from './consumer.ts';
import { PRODUCER } from './producer.ts';
import type { Scenario } from './scenario.ts';

/** By the name of the alert. */
export const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = { ...CONSUMER, ...PRODUCER };
