import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  listSetting,
  metricsAddressSetting,
  metricsDetailsSetting,
  parsePort,
  setting,
  type SettingsOf,
  textSetting,
  UsageError,
} from '@kubefigurator/daemon';
import { etcdSettings } from '@kubefigurator/etcd-store';
import { defaultTranslatorSettings, type PortRange } from '@kubefigurator/translator';
import { GUARDS, guardSettings } from './guard-settings.ts';
import { sourceSettings } from './source-settings.ts';
import { comparedSettings, keepSettings } from './history-settings.ts';
import { limitSettings, paceSettings, sizeSettings } from './limit-settings.ts';
import { policySettings } from './policy-settings.ts';
import {
  parseAddressType,
  parseCaFile,
  parseCluster,
  parseDefaultCertificate,
  parseHostPath,
  parseNodeNetwork,
  parsePortRange,
  parseNodeSelectorSetting,
} from './setting-values.ts';

const MEANING = 'How they are translated';
const FREED = 'What is freed';
const EXPLAINED = 'What is explained';

/** How Services and Nodes are translated. */
export const translatorSettings = {
  cluster: setting<string>({
    flag: 'cluster',
    value: 'name',
    group: MEANING,
    default: defaultTranslatorSettings.cluster,
    emptyIsValue: true,
    help: 'replaces CLUSTER in host names, and names the cluster to which the etcd path belongs; apply and watch need it with --from',
    parse: parseCluster,
  }),
  certificateDir: setting<string>({
    flag: 'certificate-dir',
    value: 'dir',
    group: MEANING,
    default: defaultTranslatorSettings.certificateDir,
    help: 'where the certificates are on every HAProxy host',
    parse: parseHostPath,
  }),
  defaultCertificate: setting<string | undefined>({
    flag: 'default-certificate',
    value: 'file',
    group: MEANING,
    default: undefined,
    help: 'the certificate for clients without SNI: a file in the certificate folder, or an absolute path',
    parse: parseDefaultCertificate,
  }),
  backendCaFile: setting<string>({
    flag: 'backend-ca-file',
    value: 'file',
    group: MEANING,
    default: defaultTranslatorSettings.backendCaFile,
    help: "the authorities that servers' certificates are checked against: a file on every HAProxy host, or @system-ca",
    parse: parseCaFile,
  }),
  nodeSelector: setting<string>({
    flag: 'node-selector',
    value: 'labels',
    group: MEANING,
    default: '',
    defaultText: 'every Node',
    emptyIsValue: true,
    help: 'only Nodes with these labels, as kubectl writes them: role=edge,!spot',
    parse: parseNodeSelectorSetting,
  }),
  nodeAddressType: listSetting<string>({
    flag: 'node-address-type',
    value: 'type',
    group: MEANING,
    default: defaultTranslatorSettings.nodeAddressTypes,
    help: 'which address of a Node to use, the preferred first',
    parse: parseAddressType,
  }),
  nodeNetwork: listSetting<string>({
    flag: 'node-network',
    value: 'cidr',
    group: MEANING,
    default: [],
    defaultText: 'every network',
    emptyIsValue: true,
    help: 'the only networks whose addresses become servers: 10.1.0.0/16,2001:db8::/48',
    parse: parseNodeNetwork,
  }),
  reservedPort: listSetting<number>({
    flag: 'reserved-port',
    value: 'port',
    group: MEANING,
    default: defaultTranslatorSettings.reservedPorts,
    emptyIsValue: true,
    help: 'ports of the hosts themselves, which no Service may have; empty: none',
    parse: parsePort,
  }),
  listenPorts: listSetting<PortRange>({
    flag: 'listen-ports',
    value: 'ports',
    group: MEANING,
    default: defaultTranslatorSettings.listenPorts,
    defaultText: 'every port',
    help: 'the only ports that Services may have, as numbers and ranges: 80,443,8000-8999',
    parse: parsePortRange,
    showItem: ({ from, to }) => (from === to ? String(from) : `${from}-${to}`),
  }),
  wellKnownPorts: booleanSetting({
    flag: 'well-known-ports',
    group: MEANING,
    default: true,
    help: 'keep the ports of agents and control planes for the hosts, unless --listen-ports has them',
  }),
  localListenAddresses: booleanSetting({
    flag: 'local-listen-addresses',
    group: MEANING,
    help: 'let Services listen on loopback, link-local, multicast and metadata addresses of the hosts',
  }),
  specificAddressWins: booleanSetting({
    flag: 'specific-address-wins',
    group: MEANING,
    help: 'who names an address in listen-ip has it alone, as the kernel decides; otherwise * is a claim on every address',
  }),
  hostNamesPerBind: booleanSetting({
    flag: 'host-names-per-bind',
    group: MEANING,
    help: 'several namespaces may have one host name, each on another bind; otherwise it belongs to one namespace on every bind',
  }),
  ...limitSettings,
  ...policySettings,
};

const outputSettings = {
  output: setting<'text' | 'json'>({
    flag: 'output',
    short: 'o',
    value: 'text|json',
    group: MEANING,
    default: 'text',
    help: 'how diagnostics are written to stderr, and an explanation to stdout',
    parse: (text) =>
      text === 'text' || text === 'json'
        ? { value: text }
        : { reason: `"${text}" is not known; give text or json` },
  }),
};

/** `view` asks etcd only if its address is given: manifests can be viewed without any etcd. */
export const viewSettings = {
  ...sourceSettings,
  ...translatorSettings,
  ...outputSettings,
  ...etcdSettings,
  etcdHost: {
    ...etcdSettings.etcdHost,
    initial: (): readonly string[] => [],
    defaultText: 'none: age decides',
  },
};
/** `explain` compiles as `diff` does. */
const compareSettings = {
  ...sourceSettings,
  ...translatorSettings,
  ...guardSettings,
  ...outputSettings,
  ...etcdSettings,
};
export const diffSettings = { ...comparedSettings, ...compareSettings };
const publishSettings = {
  ...sourceSettings,
  ...translatorSettings,
  ...guardSettings,
  ...keepSettings,
  ...etcdSettings,
};
export const applySettings = {
  ...publishSettings,
  force: booleanSetting({
    flag: 'force',
    group: GUARDS,
    help: 'hold nothing this time: publish what the cluster says, whatever it removes, and also while a producer runs',
  }),
};
export const releaseSettings = {
  bind: textSetting({
    flag: 'bind',
    value: 'address:port',
    group: FREED,
    help: 'what to free, as the config has it: *:443, 10.0.0.1:80, [::]:443',
  }),
  host: textSetting({
    flag: 'host',
    value: 'name',
    group: FREED,
    help: 'only this host on it: a.example.com, *.example.com, or * for every request that no other host matches',
  }),
  ...etcdSettings,
};
export const explainSettings = {
  subject: choiceSetting({
    flag: 'subject',
    group: EXPLAINED,
    help: 'what kind of thing',
    choices: ['service', 'node', 'request'],
    default: 'service',
  }),
  name: textSetting({
    flag: 'name',
    value: 'name',
    group: EXPLAINED,
    help: 'which one: <namespace>/<name> of a Service, the name of a Node, or https://<host>[:<port>]',
  }),
  ...compareSettings,
};
export const watchSettings = {
  ...publishSettings,
  ...paceSettings,
  ...sizeSettings,
  events: booleanSetting({
    flag: 'events',
    group: MEANING,
    default: true,
    help: 'write a Kubernetes Event on each Service and Node with a diagnostic; not with --from',
  }),
  livePatience: durationSetting({
    flag: 'live-patience',
    group: MEANING,
    defaultMs: 30_000,
    help: 'when a Service that was published is not live on a host after this time, an Event names the host',
  }),
  metricsAddress: metricsAddressSetting('0.0.0.0:9640'),
  metricsDetails: metricsDetailsSetting,
};

/** The name of the cluster that is published; throws a UsageError if nothing tells which one it is. */
export function publishedCluster({
  from,
  cluster,
}: Pick<SettingsOf<typeof publishSettings>, 'from' | 'cluster'>): { readonly name: string } {
  if (from === undefined || cluster !== '') return { name: cluster };
  throw new UsageError(
    '--from needs --cluster to publish: manifests don’t say of which cluster they are; give it a name, such as --cluster nyc1',
  );
}
