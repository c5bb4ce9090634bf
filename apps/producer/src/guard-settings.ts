import {
  booleanSetting,
  durationSetting,
  parseWhole,
  setting,
  type SettingsOf,
  textSetting,
} from '@kubefigurator/daemon';
import { etcdSettings } from '@kubefigurator/etcd-store';
import { isUid } from '@kubefigurator/config-model';
import type { GuardSettings } from './publish/guard/decide.ts';
import { parseCluster } from './setting-values.ts';

export const GUARDS = 'What a publication may remove';
const TAKEN_OVER = 'Who gets the path';
const SIGNATURE = 'Who, and why';
/** So high a minimum lets any part go, but not everything. */
const MOST_OF_A_MINIMUM = 1_000_000_000;

/** What may go without an operator's word. */
export const guardSettings = {
  guards: booleanSetting({
    flag: 'guards',
    group: GUARDS,
    default: true,
    help: 'hold a publication that removes too much of what clients can reach; otherwise everything may go',
  }),
  mostRemoved: setting<number>({
    flag: 'most-removed',
    value: 'percent',
    group: GUARDS,
    default: 50,
    help: 'how much of the binds, of the host names, or of the servers of a backend may go within ten minutes; 100: all but everything',
    parse: (text) => parseWhole(text, 0, 100),
  }),
  guardMinimum: setting<number>({
    flag: 'guard-minimum',
    value: 'number',
    group: GUARDS,
    default: 4,
    help: 'of fewer binds, host names or servers than this any part may go, but not everything',
    parse: (text) => parseWhole(text, 1, MOST_OF_A_MINIMUM),
  }),
  confirmServersAfter: durationSetting({
    flag: 'confirm-servers-after',
    group: GUARDS,
    defaultMs: 300_000,
    help: 'how long removed servers are held until a new list of the cluster may confirm that they are gone',
  }),
};

/** The settings that a guard takes, in its own form. */
export function guardSettingsOf(settings: SettingsOf<typeof guardSettings>): GuardSettings {
  return {
    guards: settings.guards,
    share: settings.mostRemoved / 100,
    minimum: settings.guardMinimum,
    confirmAfterMs: settings.confirmServersAfter,
  };
}

/** Who does something, and why. */
export const signatureSettings = {
  by: textSetting({
    flag: 'by',
    value: 'name',
    group: SIGNATURE,
    help: 'who does this; by default $USER and the name of this machine',
  }),
  reason: textSetting({ flag: 'reason', group: SIGNATURE, help: 'why, for those who read it later' }),
};
export const approveSettings = {
  what: textSetting({ flag: 'what', group: GUARDS, help: 'the word service, if only one Service is meant' }),
  name: textSetting({ flag: 'name', value: 'namespace/name', group: GUARDS, help: 'the Service' }),
  ...signatureSettings,
  ...etcdSettings,
};
export const pauseSettings = { ...signatureSettings, ...etcdSettings };
export const takeOverSettings = {
  cluster: setting<string | undefined>({
    flag: 'cluster',
    value: 'name',
    group: TAKEN_OVER,
    default: undefined,
    help: 'the cluster that gets the path, as its producer has it as --cluster',
    parse: parseCluster,
  }),
  clusterUid: setting<string | undefined>({
    flag: 'cluster-uid',
    value: 'uid',
    group: TAKEN_OVER,
    default: undefined,
    help: 'the same by the uid of its Namespace kube-system; needed if both clusters have one name and no uid is known of the former',
    parse: (text) => (isUid(text) ? { value: text } : { reason: `"${text}" is no uid of Kubernetes` }),
  }),
  ...signatureSettings,
  ...etcdSettings,
};
export const heldSettings = { ...etcdSettings };
