import { booleanSetting, choiceSetting, textSetting } from '@kubefigurator/daemon';
import { etcdSettings } from '@kubefigurator/etcd-store';
import { signatureSettings } from './guard-settings.ts';

const FLEET = 'The fleet';

export const statusSettings = {
  output: choiceSetting({
    flag: 'output',
    short: 'o',
    group: FLEET,
    help: 'a table, one with more columns and every trouble, or a document with the whole status of each host',
    choices: ['table', 'wide', 'json'],
    default: 'table',
  }),
  watch: booleanSetting({
    flag: 'watch',
    short: 'w',
    group: FLEET,
    help: 'show it again at each change, until it is stopped',
  }),
  ...etcdSettings,
};
export const forgetSettings = {
  host: textSetting({ flag: 'host', value: 'name', group: FLEET, help: 'which host' }),
  ...signatureSettings,
  ...etcdSettings,
};
