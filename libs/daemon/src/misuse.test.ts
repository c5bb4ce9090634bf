import { expect, it } from 'vitest';
import { defineCommand } from './command.ts';
import { runProgram } from './program.ts';
import { booleanSetting, choiceSetting, fileSetting, listSetting } from './settings.ts';
import { captureIo } from './testing/captured-io.ts';

const diffTable = {
  etcdHost: listSetting({ flag: 'etcd-host', value: 'url', default: [], help: 'where etcd is' }),
  caFile: fileSetting({ flag: 'ca-file', help: 'PEM' }),
};
const watchTable = {
  ...diffTable,
  method: choiceSetting({ flag: 'method', choices: ['reload', 'restart'], default: 'reload', help: 'how' }),
  once: booleanSetting({ flag: 'once', help: 'only once' }),
  wellKnown: booleanSetting({ flag: 'well-known', default: true, help: 'keep them' }),
};
const run = (): Promise<number> => Promise.resolve(0);
const program = {
  name: 'kubefigurator-test',
  version: '1.2.3',
  summary: 'A test.',
  commands: [
    defineCommand({ name: 'watch', summary: 'the service', settings: watchTable, run }),
    defineCommand({ name: 'diff', summary: 'what would change', settings: diffTable, run }),
  ],
};

it.each([
  [['watch', '--etcd-hots', 'x'], 'unknown flag --etcd-hots; did you mean --etcd-host?'],
  [['watch', '--etcd-hots=x'], 'unknown flag --etcd-hots; did you mean --etcd-host?'],
  [['watch', '-etcd-host', 'x'], 'unknown flag -etcd-host'],
  [['watch', '--no-wellknown'], 'unknown flag --no-wellknown; did you mean --no-well-known?'],
  [['watch', '--no-well-knwon'], 'unknown flag --no-well-knwon; did you mean --no-well-known?'],
  [['watch', '--no-onec'], 'unknown flag --no-onec; did you mean --no-once?'],
  [['watch', '--no-zzzzzz'], 'unknown flag --no-zzzzzz'],
  [['watch', '--zzz'], 'unknown flag --zzz'],
  [['watch', '--zzz=1'], 'unknown flag --zzz'],
  [['watch', '--ca-file'], '--ca-file: needs a value; give --ca-file <file>'],
  [['watch', '--once=yes'], '--once: takes no value; give --once or --no-once'],
  [['watch', '--print-settings=1'], '--print-settings: takes no value'],
  [['diff', '--method', 'restart'], "--method belongs to watch; diff doesn't take it"],
  [['diff', '--method=restart'], "--method belongs to watch; diff doesn't take it"],
  [['diff', '--no-once'], "--no-once belongs to watch; diff doesn't take it"],
  [['wacht'], 'unknown command "wacht"; did you mean watch?'],
  [['zzz'], 'unknown command "zzz"; give one of watch, diff'],
  [['--once', 'watch'], '--once comes before the command; give it after the command'],
])('%j: the message says what would be right', async (args, message) => {
  const { io, out, err } = captureIo(args);
  const command = args[0] === 'watch' || args[0] === 'diff' ? ` ${args[0]}` : '';
  expect({ code: await runProgram(program, io), out: out(), err: err() }).toEqual({
    code: 2,
    out: '',
    err: `kubefigurator-test: ${message} (see kubefigurator-test${command} --help)\n`,
  });
});

it('ignores the variable of a setting that the command lacks, even with a wrong value', async () => {
  const { io, err } = captureIo(['diff'], { KUBEFIGURATOR_ONCE: 'maybe' });
  expect([await runProgram(program, io), err()]).toEqual([0, '']);
});
