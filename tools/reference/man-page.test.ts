import { expect, it } from 'vitest';
import { booleanSetting, defineCommand, listSetting, textSetting } from '@kubefigurator/daemon';
import { formatManPage } from './man-page.ts';

const first = {
  host: listSetting({ flag: 'the-host', value: 'url', default: ['http://a'], help: "etcd's place" }),
  strict: booleanSetting({ flag: 'strict', help: 'refuse', group: 'Gate' }),
};
const second = {
  ...first,
  place: textSetting({
    flag: 'place',
    short: 'p',
    value: 'dir',
    help: '.hidden\\place',
    environment: ['PLACE'],
  }),
};
const run = (): Promise<number> => Promise.resolve(0);
const page = formatManPage(
  {
    name: 'the-program',
    version: '1.2.3',
    summary: 'Does it well.',
    commands: [
      defineCommand({ name: 'one', summary: 'the first', settings: first, run }),
      defineCommand({
        name: 'two',
        summary: 'the second',
        description: 'More of it.',
        settings: second,
        run,
      }),
    ],
  },
  { date: '2026-01-31', sections: [{ heading: 'Files', entries: [['/etc/x', 'a file']] }] },
);

it('begins with name, section, date and version', () => {
  expect(page.split('\n').slice(0, 5)).toEqual([
    '.TH "THE-PROGRAM" "1" "2026-01-31" "the-program 1.2.3"',
    '.nh',
    '.ad l',
    '.SH NAME',
    'the\\-program \\- Does it well',
  ]);
});

it('names every command with its description', () => {
  expect(page).toContain('.TP\n\\fBone\\fR\nthe first\n');
  expect(page).toContain('.TP\n\\fBtwo\\fR\nMore of it.\n');
});

it('explains a flag once, with placeholder, default and variable', () => {
  expect(page.split('\\-\\-the\\-host')).toHaveLength(2);
  expect(page).toContain(
    [
      '\\fB\\-\\-the\\-host\\fR \\fIurl\\fR',
      'etcd\\(aqs place; repeatable.',
      '.br',
      'Default: http://a.',
      'Environment: \\fBKUBEFIGURATOR_THE_HOST\\fR.',
      '.TP',
    ].join('\n'),
  );
});

it('says which commands have a flag that not all have', () => {
  expect(page).toContain('\\fB\\-p\\fR, \\fB\\-\\-place\\fR \\fIdir\\fR\n\\&.hidden\\eplace.\n');
  expect(page).toContain(
    'Environment: \\fBKUBEFIGURATOR_PLACE\\fR, \\fBPLACE\\fR.\nOnly with \\fBtwo\\fR.\n',
  );
});

it('shows both ways of a switch, below its group', () => {
  expect(page).toContain('.SS Gate\n.TP\n\\fB\\-\\-strict\\fR, \\fB\\-\\-no\\-strict\\fR\nrefuse.\n');
});

it('ends with the sections given', () => {
  expect(page.endsWith('.SH FILES\n.TP\n\\fB/etc/x\\fR\na file\n')).toBe(true);
});
