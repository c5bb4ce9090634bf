import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expectFile } from '@kubefigurator/translator/testing';
import { expect, it } from 'vitest';
import { judgeFleet } from './fleet-health.ts';
import { renderFleet } from './render-fleet.ts';
import { FLEETS } from './testing/fleets.ts';

const FOLDER = join(import.meta.dirname, 'golden');
/** What people read without scrolling, and what programs read is a promise. */
const OTHER_FORMS = {
  'each-trouble.wide.txt': 'wide',
  'held-and-paused.json': 'json',
  'healthy.json': 'json',
} as const;

it.each(Object.keys(FLEETS))('shows the fleet %s', (name) => {
  const facts = FLEETS[name];
  if (facts === undefined) throw new Error(name);
  expectFile(join(FOLDER, `${name}.txt`), renderFleet(judgeFleet(facts), 'table'));
});

it.each(Object.entries(OTHER_FORMS))('shows %s', (file, form) => {
  const facts = FLEETS[file.replace(/\..*/, '')];
  if (facts === undefined) throw new Error(file);
  expectFile(join(FOLDER, file), renderFleet(judgeFleet(facts), form));
});

it('every file belongs to a fleet', () => {
  const known = [...Object.keys(FLEETS).map((name) => `${name}.txt`), ...Object.keys(OTHER_FORMS)];
  expect(readdirSync(FOLDER).sort()).toEqual(known.sort());
});

it.each(['table', 'wide', 'json'] as const)('lets no control character of a host through: %s', (form) => {
  const { hostile, unpinned } = FLEETS;
  if (hostile === undefined || unpinned === undefined) throw new Error('hostile');
  const both = [hostile, unpinned].map((facts) => renderFleet(judgeFleet(facts), form)).join('');
  expect(both).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
});
