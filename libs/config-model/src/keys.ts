/** Where the config is when nobody says otherwise: the ancestor's path. */
export const DEFAULT_ETCD_PATH = '/stackexchange.com/haproxy-kubefigurator/config';

/** The keys of one fleet, all below its path. */
export interface EtcdKeys {
  /** The config text itself: the contract. */
  readonly config: string;
  /** One host's status, written by that host only. */
  readonly host: (host: string) => string;
  /** One host's presence, leased. */
  readonly alive: (host: string) => string;
}

/** The keys below a path; a path without a leading slash gets one, so that both spellings in the field are one key. */
export function keysBelow(path: string): EtcdKeys {
  const config = path.startsWith('/') ? path : `/${path}`;
  return { config, host: (host) => `${config}/hosts/${host}`, alive: (host) => `${config}/alive/${host}` };
}
