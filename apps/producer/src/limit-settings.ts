import { durationSetting, numberSetting, parseWhole, setting, type Setting } from '@kubefigurator/daemon';
import { defaultTranslatorSettings, type LimitName, LIMITS } from '@kubefigurator/translator';

const PER_SERVICE = 'What a single Service or namespace may ask for';
/** A limit of this size limits nothing. */
const MOST_OF_A_LIMIT = 1_000_000_000;

/** How much one Service or namespace may have. */
export const limitSettings = {
  maxListenAddresses: limitSetting('listenAddresses'),
  maxHostNames: limitSetting('hostNames'),
  maxPorts: limitSetting('ports'),
  maxLines: limitSetting('lines'),
  maxCharacters: limitSetting('characters'),
  maxServers: limitSetting('servers'),
  namespaceShare: numberSetting({
    flag: 'namespace-share',
    value: 'percent',
    group: PER_SERVICE,
    default: defaultTranslatorSettings.namespaceShare,
    min: 1,
    max: 100,
    help: 'a new Service comes only if all Services of its namespace, also the published ones, fit into this much of each limit of the text, while other namespaces have Services too; 100: all',
  }),
};

/** When a warning comes that the text is nearly full. */
export const sizeSettings = {
  sizeWarning: numberSetting({
    flag: 'size-warning',
    value: 'percent',
    group: PER_SERVICE,
    default: 80,
    min: 1,
    max: 100,
    help: 'warn once the text uses more than this of what etcd or the hosts take; from 90 on new Services are left out',
  }),
};

/** How often one namespace may change. */
export const paceSettings = {
  namespaceChanges: numberSetting({
    flag: 'namespace-changes',
    group: PER_SERVICE,
    default: 10,
    min: 0,
    max: 10_000,
    help: 'publications that changes of one namespace may cause at once, while other namespaces have Services too, and as many changes of one Node; 0: no limit',
  }),
  namespaceInterval: durationSetting({
    flag: 'namespace-interval',
    group: PER_SERVICE,
    defaultMs: 10_000,
    help: 'after these, one publication for changes of the namespace, or of the Node, in this time; newer changes replace those that wait',
  }),
};

function limitSetting(name: LimitName): Setting<number> {
  const { flag, help, default: initial } = LIMITS[name];
  return setting<number>({
    flag,
    value: 'number',
    group: PER_SERVICE,
    default: initial,
    help,
    parse: (text) => parseWhole(text, 1, MOST_OF_A_LIMIT),
  });
}
