import { choiceSetting, numberSetting, textSetting } from '@kubefigurator/daemon';
import { etcdSettings } from '@kubefigurator/etcd-store';
import { signatureSettings } from './guard-settings.ts';

const HISTORY = 'What was published';

/** What a producer keeps of its publications. */
export const keepSettings = {
  history: numberSetting({
    flag: 'history',
    group: HISTORY,
    default: 50,
    min: 0,
    max: 500,
    help: 'how many publications etcd keeps with their texts, at most 16 MiB; 0: none from now on',
  }),
};
const revision = textSetting({
  flag: 'revision',
  value: 'revision',
  group: HISTORY,
  help: 'which publication, by the revision that history shows',
});
export const historySettings = {
  output: choiceSetting({
    flag: 'output',
    short: 'o',
    group: HISTORY,
    help: 'a table, one with the version of the policy too, or a document with the whole cause of each publication',
    choices: ['table', 'wide', 'json'],
    default: 'table',
  }),
  ...etcdSettings,
};
export const pinSettings = { revision, ...signatureSettings, ...etcdSettings };
export const unpinSettings = { ...signatureSettings, ...etcdSettings };
/** Which publications `diff` compares. */
export const comparedSettings = {
  revision,
  otherRevision: textSetting({
    flag: 'other-revision',
    value: 'revision',
    group: HISTORY,
    help: 'the publication to compare it with, instead of what the cluster asks for now',
  }),
};
