import { environmentName } from '@kubefigurator/daemon';
import { expect, it } from 'vitest';
import { consumer } from '@kubefigurator/consumer/program';
import { consumerManPage } from './consumer-man-page.ts';

const page = consumerManPage('1.2.3', '2026-01-31');
const text = page.replaceAll('\\-', '-').replaceAll('\\(aq', "'");
const flags = consumer.commands.flatMap(({ table }) => Object.values(table));

it.each(consumer.commands.map(({ name, summary }) => [name, summary]))(
  'has the command %s',
  (name, summary) => {
    expect(text).toContain(`\\fB${name}\\fR\n${summary}\n`);
  },
);

it.each(
  [...new Map(flags.map((setting) => [setting.flag, setting])).values()].map((each) => [each.flag, each]),
)('has --%s with its help, default and variable', (flag, { help, defaultText }) => {
  const [, entry = ''] = text.split(`\\fB--${flag}\\fR`);
  const [own = ''] = entry.split('\n.TP\n');
  expect(own).toContain(help);
  expect(own).toContain(environmentName(flag));
  expect(own).toContain(defaultText === undefined ? '' : `Default: ${defaultText}.`);
});

it('has no flag that the tables do not have, but those of every program', () => {
  const known = new Set(flags.flatMap(({ flag }) => [flag, `no-${flag}`]));
  const named = [...text.matchAll(/\\fB--([a-z-]+)\\fR/g)].map(([, flag = '']) => flag);
  const others = ['version', 'help', 'print-settings'];
  expect(named.filter((flag) => !known.has(flag) && !others.includes(flag))).toEqual([]);
});
