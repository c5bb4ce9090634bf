/** The path of haproxy-kubefigurator, the program before this one; it is the default of `--etcd-path`. */
export const DEFAULT_ETCD_PATH = '/stackexchange.com/haproxy-kubefigurator/config';

/**
 * How a value is stored: `json` and `text` plainly, `config-text` gzipped only if it is too large, `text-gzip` always
 * gzipped. No program stores a `secret` yet.
 */
export type KeyFormat = 'config-text' | 'json' | 'text-gzip' | 'text' | 'secret';

interface KeyRow {
  /** What follows `<path>`; the part in angle brackets is the name of a member, so that the row is a range of keys. */
  readonly below: string;
  readonly format: KeyFormat;
  /** Who may write it; `operator` means through a command of the producer's program. */
  readonly writers: readonly ('producer' | 'consumer' | 'operator')[];
  /** True if the key is bound to a lease and disappears with its writer. */
  readonly leased: boolean;
}

/**
 * Every key below `<path>`; no other file contains the name of a key. In use are `config`, `hosts`, `alive`, `releases`,
 * `held`, `owner`, `leader`, `published`, `history`, `texts`, `pin` and `difference`. The other rows reserve the names of
 * planned features: no program reads or writes their keys yet.
 */
export const KEYS = {
  /** The config text: the contract between both programs. */
  config: { below: '', format: 'config-text', writers: ['producer'], leased: false },
  /** The status of a host; it stays if the host dies. */
  hosts: { below: '/hosts/<host>', format: 'json', writers: ['consumer'], leased: false },
  /** The presence of a host. */
  alive: { below: '/alive/<host>', format: 'json', writers: ['consumer'], leased: true },
  /** The cluster that the path belongs to; every publication compares it. An operator writes it with `take-over`. */
  owner: { below: '/owner', format: 'json', writers: ['producer', 'operator'], leased: false },
  /** The producer that leads. */
  leader: { below: '/leader', format: 'json', writers: ['producer'], leased: true },
  /** Who has published the text, and from which versions of the lists; written with it. */
  published: { below: '/published', format: 'json', writers: ['producer'], leased: false },
  /** When, why and by whom each of the last texts was published, by its revision. */
  history: { below: '/history/records/<revision>', format: 'json', writers: ['producer'], leased: false },
  /** The texts of these publications. */
  texts: { below: '/history/texts/<revision>', format: 'text-gzip', writers: ['producer'], leased: false },
  /** `now`: what a guard holds back and why; `pause`: an operator has stopped publications; others: what was approved. */
  held: { below: '/held/<id>', format: 'json', writers: ['producer', 'operator'], leased: false },
  /**
   * The marker of a pin, for as long as no publication may replace the text. `unpin` leaves it as a note of what stood
   * before the pin; the next publication deletes it.
   */
  pin: { below: '/pin', format: 'json', writers: ['operator', 'producer'], leased: false },
  /** How the text that would be published differs from the pinned one. */
  difference: { below: '/difference', format: 'json', writers: ['producer'], leased: false },
  /** The server state that an operator wants: drain, maint or a weight. */
  drains: { below: '/drains/<node or service/server>', format: 'json', writers: ['operator'], leased: false },
  /** A bind, or a host on it, that an operator frees; the publication that fulfils it deletes the key. */
  releases: { below: '/releases/<bind>', format: 'json', writers: ['operator', 'producer'], leased: false },
  /** What was registered over the webhook. */
  registrations: { below: '/registrations/<id>', format: 'json', writers: ['producer'], leased: false },
  /** Certificates with their keys from Secrets. */
  secrets: { below: '/secrets/<name>', format: 'secret', writers: ['producer'], leased: false },
  /** The candidate that some hosts try. */
  canary: { below: '/canary', format: 'config-text', writers: ['producer'], leased: false },
  /** Which revision the candidate replaces, which hosts try it, and who may reload now. */
  rollout: { below: '/rollout', format: 'json', writers: ['producer'], leased: false },
} as const satisfies Readonly<Record<string, KeyRow>>;

export type KeyName = keyof typeof KEYS;
/** The rows that stand for many keys, one for each member. */
export type RangeName = {
  [K in KeyName]: (typeof KEYS)[K]['below'] extends `${string}<${string}>` ? K : never;
}[KeyName];
/** The rows that stand for one key. */
export type SingleName = Exclude<KeyName, RangeName>;

/** The full name of a single key. A path without a leading slash gets one: in etcd's API version 2 both were the same key. */
export function etcdKeyAt(path: string, name: SingleName): string {
  return `${withSlash(path)}${KEYS[name].below}`;
}

/** The full name of one key of a range, such as the status of one host. */
export function etcdMemberKeyAt(path: string, name: RangeName, member: string): string {
  return `${etcdPrefixAt(path, name)}${member}`;
}

/** What the keys of a range begin with; it ends in a slash. */
export function etcdPrefixAt(path: string, name: RangeName): string {
  const { below } = KEYS[name];
  return `${withSlash(path)}${below.slice(0, below.indexOf('<'))}`;
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
