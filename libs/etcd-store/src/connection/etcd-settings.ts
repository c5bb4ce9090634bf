import { DEFAULT_ETCD_PATH } from '@kubefigurator/config-model';
import {
  addressWithoutUserInfo,
  fileSetting,
  listSetting,
  setting,
  textSetting,
  UsageError,
  type Parsed,
  type SettingsOf,
} from '@kubefigurator/daemon';
import { type EtcdProxy, parseEtcdProxy } from './etcd-proxy.ts';

const GROUP = 'etcd';

/** The settings of both programs for the address of etcd and our identity there. */
export const etcdSettings = {
  etcdHost: listSetting({
    flag: 'etcd-host',
    value: 'url',
    group: GROUP,
    default: ['http://127.0.0.1:2379'],
    help: "etcd's client address, http or https",
    parse: parseHost,
  }),
  etcdPath: setting({
    flag: 'etcd-path',
    value: 'key',
    group: GROUP,
    default: DEFAULT_ETCD_PATH,
    help: 'the key that holds the config text; other keys of ours lie below it',
    parse: parsePath,
  }),
  etcdCaFile: fileSetting({
    flag: 'etcd-ca-file',
    group: GROUP,
    help: "the authorities that etcd's certificate is checked against, PEM; by default the system's",
  }),
  etcdClientCertFile: fileSetting({
    flag: 'etcd-client-cert-file',
    group: GROUP,
    help: 'our certificate for etcd, PEM; its CN is the etcd user',
  }),
  etcdClientKeyFile: fileSetting({
    flag: 'etcd-client-key-file',
    group: GROUP,
    help: 'the key of that certificate, PEM',
  }),
  etcdUser: textSetting({
    flag: 'etcd-user',
    value: 'name',
    group: GROUP,
    help: 'the name of the etcd user; the password is in --etcd-password-file',
  }),
  etcdPasswordFile: fileSetting({
    flag: 'etcd-password-file',
    group: GROUP,
    help: "the user's password; a last newline isn't part of it",
  }),
  etcdProxy: setting<EtcdProxy | undefined>({
    flag: 'etcd-proxy',
    value: 'url',
    group: GROUP,
    default: undefined,
    help: 'reach etcd through this HTTP proxy; one of the environment is never used for etcd',
    parse: parseEtcdProxy,
  }),
};

export type EtcdSettings = SettingsOf<typeof etcdSettings>;

function parseHost(text: string): Parsed<string> {
  const address = /^[a-z]+:\/\//.test(text) ? text : `http://${text}`;
  // `new URL` would take what follows `///` for the host.
  const url = URL.canParse(address) && !/\/\/\//.test(address) ? new URL(address) : undefined;
  if (url === undefined || !isPlainAddress(url)) {
    return {
      reason: `"${addressWithoutUserInfo(text)}" is not an address of etcd; give a URL such as http://127.0.0.1:2379`,
    };
  }
  if (url.username !== '' || url.password !== '') {
    return { reason: "user and password don't belong here; give --etcd-user and --etcd-password-file" };
  }
  return { value: `${url.protocol}//${url.hostname}:${url.port || defaultPort(url, text)}` };
}

/**
 * One spelling for each key, so that both programs mean the same one: with a slash at its beginning and none at its
 * end. A blank or an empty part is a mistake that would silently be another key.
 */
function parsePath(text: string): Parsed<string> {
  const path = `/${text.replace(/^\//, '').replace(/\/+$/, '')}`;
  const wrong = PATH_MISTAKES.find(({ found }) => found.test(path));
  if (wrong === undefined) return { value: path };
  return { reason: `${JSON.stringify(text)} ${wrong.what}; give a key such as ${DEFAULT_ETCD_PATH}` };
}

const PATH_MISTAKES = [
  { found: /^\/$/, what: 'names no key' },
  { found: /[\s\p{C}\p{Z}]/u, what: 'has a blank, a line break or an invisible character in it' },
  { found: /\/\//, what: 'has an empty part between two slashes' },
];

function isPlainAddress({ protocol, hostname, pathname, search, hash }: URL): boolean {
  return /^https?:$/.test(protocol) && hostname !== '' && `${pathname}${search}${hash}` === '/';
}

/** etcd's own port 2379, or 80 or 443 if the text names it: a URL drops the port that is its scheme's default. */
function defaultPort({ protocol }: URL, text: string): string {
  const implied = protocol === 'https:' ? '443' : '80';
  return new RegExp(`:${implied}/?$`).test(text) ? implied : '2379';
}

/** Throws UsageError if settings that belong together are incomplete or contradict each other. */
export function checkEtcdSettings(settings: EtcdSettings): void {
  const pairs = [
    [
      { flag: 'etcd-client-cert-file', value: settings.etcdClientCertFile },
      { flag: 'etcd-client-key-file', value: settings.etcdClientKeyFile },
    ],
    [
      { flag: 'etcd-user', value: settings.etcdUser },
      { flag: 'etcd-password-file', value: settings.etcdPasswordFile },
    ],
  ];
  for (const pair of pairs) {
    const given = pair.find(({ value }) => value !== undefined);
    const missing = pair.find(({ value }) => value === undefined);
    if (given !== undefined && missing !== undefined)
      throw new UsageError(`--${given.flag}: needs --${missing.flag} as well`);
  }
  const secure = settings.etcdHost.filter((host) => host.startsWith('https:'));
  if (secure.length > 0 && secure.length < settings.etcdHost.length) {
    throw new UsageError('--etcd-host: give all addresses with http or all with https');
  }
  const certificateFile = settings.etcdCaFile ?? settings.etcdClientCertFile;
  if (certificateFile !== undefined && secure.length === 0) {
    throw new UsageError(
      '--etcd-host: certificates are given, but the address is http; give an https address',
    );
  }
}
