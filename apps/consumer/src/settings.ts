import type { Parsed, SettingsOf } from '@kubefigurator/daemon';
import { SECTION_KEYWORDS } from '@kubefigurator/haproxy-config';
import {
  booleanSetting,
  choiceSetting,
  durationSetting,
  fileSetting,
  listSetting,
  metricsAddressSetting,
  metricsDetailsSetting,
  numberSetting,
  parseWhole,
  setting,
  textSetting,
} from '@kubefigurator/daemon';
import { etcdSettings } from '@kubefigurator/etcd-store';

const HAPROXY = 'HAProxy on this host';
const GATE = 'What a published text may contain';

/** The state directory and the name of this host. */
const hostSettings = {
  stateDirectory: fileSetting({
    flag: 'state-directory',
    value: 'dir',
    group: HAPROXY,
    environment: ['STATE_DIRECTORY'],
    default: '/var/lib/kubefigurator',
    help: 'the folder with the ledger, the last known good text, the freeze and the status of this host',
  }),
  hostName: setting<string>({
    flag: 'host-name',
    value: 'name',
    group: HAPROXY,
    default: (io) => io.hostName,
    defaultText: "the machine's",
    help: 'the name of this host in logs and in the keys below the etcd path',
    parse: parseHostName,
  }),
};

const liveFileSettings = {
  haproxyConfig: fileSetting({
    flag: 'haproxy-config',
    group: HAPROXY,
    default: '/etc/haproxy/dynamic.cfg',
    help: 'the file we write; HAProxy must be started with it as its last -f',
  }),
};

const socketSettings = {
  haproxyMasterSocket: fileSetting({
    flag: 'haproxy-master-socket',
    group: HAPROXY,
    default: '/run/haproxy-master.sock',
    help: 'the master CLI (haproxy -S), for reloads and the proof that they worked',
  }),
  haproxyRuntimeSocket: fileSetting({
    flag: 'haproxy-runtime-socket',
    group: HAPROXY,
    default: '/run/haproxy/admin.sock',
    help: 'the stats socket, for changes of servers, and for the proof of a reload if there is no master CLI',
  }),
};

/** The settings of one pass over this host, also of a dry run. */
export const applySettings = {
  ...etcdSettings,
  ...liveFileSettings,
  haproxyBaseConfig: listSetting({
    flag: 'haproxy-base-config',
    value: 'file',
    group: HAPROXY,
    default: ['/etc/haproxy/haproxy.cfg'],
    help: "the operator's files, checked together with ours, in the order HAProxy loads them",
  }),
  runtimeUpdates: booleanSetting({
    flag: 'runtime-updates',
    group: HAPROXY,
    default: true,
    help: 'change servers and certificates by the runtime API if that is enough, instead of reloading',
  }),
  frontendShare: numberSetting({
    flag: 'frontend-share',
    value: 'percent',
    group: HAPROXY,
    default: 90,
    min: 1,
    max: 100,
    help: "the most of HAProxy's connections that one frontend may have, in percent; 100: all of them",
  }),
  haproxyBinary: fileSetting({
    flag: 'haproxy-binary',
    group: HAPROXY,
    default: 'haproxy',
    help: 'the haproxy program that checks a candidate; it must be the one that runs',
  }),
  checkMemory: setting<number>({
    flag: 'check-memory',
    value: 'MiB',
    group: HAPROXY,
    default: 4_096,
    parse: parseCheckMemory,
    help: 'the most memory that haproxy -c gets; a text that needs more is refused; 0: no limit',
  }),
  ...socketSettings,
  reloadJitter: durationSetting({
    flag: 'reload-jitter',
    group: HAPROXY,
    defaultMs: 20,
    help: 'a reload begins up to this much later, so that a fleet does not reload in one moment',
  }),
  applyMethod: choiceSetting({
    flag: 'apply-method',
    group: HAPROXY,
    choices: ['reload', 'restart', 'command'],
    default: 'reload',
    help: 'how HAProxy is made to read the file; reload, by the master CLI, loses no connection',
  }),
  applyCommand: listSetting({
    flag: 'apply-command',
    value: 'word',
    group: HAPROXY,
    default: [],
    commas: false,
    help: 'the command of --apply-method restart or command, one flag for each word; it runs without a shell',
  }),
  exec: textSetting({
    flag: 'exec',
    value: 'command',
    group: HAPROXY,
    help: 'the flag of haproxy-kubefigurator: the same as --apply-method command with the words of this command',
  }),
  ...hostSettings,
  certificateDir: listSetting<string>({
    flag: 'certificate-dir',
    value: 'dir',
    group: GATE,
    default: ['/etc/haproxy/ssl'],
    help: 'a folder whose files a text may name as certificates, keys and authorities',
    parse: parseFolder,
  }),
  fileDir: listSetting<string>({
    flag: 'file-dir',
    value: 'dir',
    group: GATE,
    default: [],
    help: 'a folder whose files a text may name in patterns, maps and answers',
    parse: parseFolder,
  }),
  allowSection: listSetting<string>({
    flag: 'allow-section',
    value: 'keyword',
    group: GATE,
    default: [],
    help: 'a section a text may have besides frontend, backend and listen',
    parse: parseSection,
  }),
  allowLocalServers: booleanSetting({
    flag: 'allow-local-servers',
    group: GATE,
    help: "accept servers on this host's loopback and link-local addresses, servers by name, and set-dst",
  }),
  strict: booleanSetting({
    flag: 'strict',
    group: GATE,
    help: "refuse a text as a whole if this host can't take a part of it, instead of leaving that part out",
  }),
};

/** What the agent needs besides the settings of a pass. */
export const watchSettings = {
  ...applySettings,
  reloadBurst: numberSetting({
    flag: 'reload-burst',
    group: HAPROXY,
    default: 3,
    min: 1,
    max: 1_000,
    help: 'reloads that may follow each other at once',
  }),
  reloadInterval: durationSetting({
    flag: 'reload-interval',
    group: HAPROXY,
    defaultMs: 2_000,
    help: 'after the burst, one reload in this time; a newer text replaces one that waits',
  }),
  drift: choiceSetting({
    flag: 'drift',
    group: HAPROXY,
    choices: ['repair', 'report'],
    default: 'repair',
    help: 'what to do when somebody edits the file we write; report leaves it until the next text or SIGHUP',
  }),
  metricsAddress: metricsAddressSetting('127.0.0.1:9641'),
  metricsDetails: metricsDetailsSetting,
};

export const statusSettings = {
  ...liveFileSettings,
  ...socketSettings,
  ...hostSettings,
  output: choiceSetting({
    flag: 'output',
    short: 'o',
    choices: ['text', 'json'],
    default: 'text',
    help: 'text for people, json for programs',
  }),
};

export const freezeSettings = {
  ...hostSettings,
  reason: textSetting({ flag: 'reason', value: 'text', help: 'the reason, shown together with the freeze' }),
};

export const thawSettings = hostSettings;

export const forgetCertificateSettings = {
  ...liveFileSettings,
  ...hostSettings,
  file: textSetting({
    flag: 'file',
    value: 'file',
    help: 'the file of the certificate, as the config names it',
  }),
};

export type ApplySettings = SettingsOf<typeof applySettings>;
export type StatusSettings = SettingsOf<typeof statusSettings>;
export type WatchSettings = SettingsOf<typeof watchSettings>;

/** At most 253 characters, the first and the last a letter or digit: the name is a part of a key in etcd. */
function parseHostName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?$/.test(text)) return { value: text };
  return { reason: `"${text}" is not a name of a host; give letters, digits, dots and dashes` };
}

/** The gate compares these folders with the absolute paths in a text. */
function parseFolder(text: string): Parsed<string> {
  return text.startsWith('/') ? { value: text } : { reason: `"${text}" is not an absolute path` };
}

/** With these sections in a text, everybody with write access to etcd would be root on the host. */
const PROCESS_SECTIONS: ReadonlySet<string> = new Set(['global', 'program']);

function parseSection(text: string): Parsed<string> {
  if (PROCESS_SECTIONS.has(text))
    return {
      reason: `"${text}" is not a section for a published text: it runs programs and names any file of this host; write it into the host's own files`,
    };
  if (SECTION_KEYWORDS.has(text)) return { value: text };
  const known = [...SECTION_KEYWORDS].filter((word) => !PROCESS_SECTIONS.has(word));
  return { reason: `"${text}" is not a section of HAProxy's configuration; known are ${known.join(', ')}` };
}

/** With less, HAProxy can't even start to read a config. */
const LEAST_CHECK_MIB = 128;
/** 1 TiB. */
const MOST_CHECK_MIB = 1_048_576;

function parseCheckMemory(text: string): Parsed<number> {
  const mib = parseWhole(text, 0, MOST_CHECK_MIB);
  if ('value' in mib && (mib.value === 0 || mib.value >= LEAST_CHECK_MIB)) return mib;
  return {
    reason: `"${text}" is not a size; give MiB as a number from ${LEAST_CHECK_MIB} to ${MOST_CHECK_MIB}, or 0 for no limit`,
  };
}
