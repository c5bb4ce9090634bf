import type { EventTable } from './event.ts';
import { REASON } from './fields.ts';

const POLICY = { path: 'the file, or `ConfigMap` and its name' } as const;

/** What the producer logs about the policy that says who may expose what. */
export const policyEvents = {
  'policy.applied': {
    program: 'producer',
    levels: ['info'],
    meaning: 'Another policy counts from now on.',
    fields: { ...POLICY, rules: 'the number of its rules' },
  },
  'policy.postponed': {
    program: 'producer',
    levels: ['info'],
    meaning:
      'A policy goes by labels of Namespaces, and not all of these are known yet; until then the policy before counts, and without one nothing is published.',
    fields: { ...POLICY, ...REASON },
    endedBy: ['policy.applied'],
  },
  'policy.refused': {
    program: 'producer',
    levels: ['warn'],
    meaning:
      'The policy can’t be read or has a mistake: the one before counts, and without one nothing is published.',
    fields: {
      ...POLICY,
      reason: 'the line and the mistake; of several the first five',
      kept: 'true if there is a policy from before',
    },
    endedBy: ['policy.recovered'],
  },
  'policy.recovered': {
    program: 'producer',
    levels: ['warn'],
    meaning: 'The policy can be read again.',
    fields: POLICY,
  },
} as const satisfies EventTable;
