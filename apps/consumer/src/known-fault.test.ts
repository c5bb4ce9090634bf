import type { Blame } from '@kubefigurator/config-model';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { isolate } from '@kubefigurator/haproxy-config';
import { expect, it } from 'vitest';
import type { Before, Goal, Memory, Wanted } from './apply-context.ts';
import { createMemory } from './apply-context.ts';
import type { CertificateFolders } from './host/certificates.ts';
import { faultOf, nextGoal } from './known-fault.ts';

const blame: Blame[] = [
  { sources: [{ namespace: 'default', service: 'bad', port: 'web' }], message: 'no such file' },
];
const before: Before = {
  haproxy: { kind: 'down', reason: 'a test' },
  good: undefined,
  onDisk: undefined,
  running: undefined,
};

const certificates: Pick<CertificateFolders, 'withoutRefused'> = {
  withoutRefused: (text) => Promise.resolve(text),
};

/** A bind that all share, with a certificate for each, and a rule and a backend for each. */
function wanted(
  services: readonly string[],
  certificateOf = (service: string): string => `${service}.pem`,
): Wanted {
  const comment = (service: string, more = ''): string => `# service: default/${service} port: web${more}`;
  const text = [
    '# header',
    ...services.map((service) => comment(service)),
    'frontend web',
    ...services.map((service) => `  ${comment(service, ` certificate: /ssl/${certificateOf(service)}`)}`),
    `  bind *:443 ssl ${services.map((service) => `crt /ssl/${certificateOf(service)}`).join(' ')}`,
    ...services.flatMap((service) => [
      `  ${comment(service)}`,
      `  use_backend ${service} if { req.hdr(host) -m str ${service} }`,
    ]),
    ...services.flatMap((service) => [comment(service), `backend ${service}`, '  server x 10.0.0.1:80']),
    '',
  ].join('\n');
  return { text, config: parseConfigText(text), revision: '7' };
}

async function memoryAfter(text: string): Promise<Memory> {
  const isolation = isolate(text, blame, undefined);
  if (isolation.kind === 'hopeless') throw new Error(isolation.reason);
  const first = { text, config: parseConfigText(text), revision: '6' };
  const goal = await nextGoal(first, before, { memory: createMemory(), certificates });
  const reached: Goal = { ...goal, text: isolation.text, leftOut: blame };
  return { ...createMemory(), leftOut: faultOf(reached) };
}

it('leaves out at once what was left out before, in a text that differs elsewhere', async () => {
  const memory = await memoryAfter(wanted(['bad', 'good']).text);
  const goal = await nextGoal(wanted(['bad', 'good', 'newcomer']), before, { memory, certificates });
  expect(goal.text).toBe(wanted(['good', 'newcomer']).text);
  expect(goal).toMatchObject({
    leftOut: blame,
    isTrial: false,
    whole: wanted(['bad', 'good', 'newcomer']).text,
  });
});

it('leaves it out also where a node came, in the guilty backend as in all', async () => {
  const memory = await memoryAfter(wanted(['bad', 'good']).text);
  const grown = (services: readonly string[]): Wanted => {
    const text = wanted(services).text.replaceAll(/ {2}server x .*/g, '$&\n  server y 10.0.0.2:80');
    return { text, config: parseConfigText(text), revision: '7' };
  };
  const goal = await nextGoal(grown(['bad', 'good']), before, { memory, certificates });
  expect(goal.text).toBe(grown(['good']).text);
});

it('tries the whole text where something else is said of the guilty servers', async () => {
  const memory = await memoryAfter(wanted(['bad', 'good']).text);
  const text = wanted(['bad', 'good']).text.replaceAll(/ {2}server x .*/g, '$& check');
  const other = { text, config: parseConfigText(text), revision: '7' };
  expect(await nextGoal(other, before, { memory, certificates })).toMatchObject({ text, leftOut: [] });
});

it('tries the whole text when the guilty part is another one', async () => {
  const memory = await memoryAfter(wanted(['bad', 'good']).text);
  const other = wanted(['bad', 'good'], (service) => `${service}-2.pem`);
  expect(await nextGoal(other, before, { memory, certificates })).toMatchObject({
    text: other.text,
    leftOut: [],
    isTrial: false,
  });
});

it('tries the whole text once when it is told to', async () => {
  const text = wanted(['bad', 'good']);
  const memory = { ...(await memoryAfter(text.text)), tryAll: true };
  expect(await nextGoal(text, before, { memory, certificates })).toMatchObject({
    text: text.text,
    leftOut: [],
    isTrial: true,
  });
  expect(await nextGoal(text, before, { memory, certificates })).toMatchObject({
    leftOut: blame,
    isTrial: false,
  });
});

it('a part that was gone meanwhile is tried when it comes again', async () => {
  const memory = await memoryAfter(wanted(['bad', 'good']).text);
  await nextGoal(wanted(['good']), before, { memory, certificates });
  const text = wanted(['bad', 'good']);
  expect(await nextGoal(text, before, { memory, certificates })).toMatchObject({
    text: text.text,
    leftOut: [],
    isTrial: false,
  });
});

it('knows no fault where nothing was left out', async () => {
  const memory = { ...createMemory(), tryAll: true };
  const goal = await nextGoal(wanted(['good']), before, { memory, certificates });
  expect(goal).toMatchObject({ leftOut: [], isTrial: false });
  expect(faultOf(goal)).toBeUndefined();
});
