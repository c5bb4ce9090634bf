import type { Etcd3 } from 'etcd3';
import { messageOf, OperatorError, reveal, type Logger } from '@kubefigurator/daemon';
import { createClient, type TokenHolder } from './client.ts';
import { readCredentials, type Credentials } from './credentials.ts';
import type { EtcdSettings } from './etcd-settings.ts';
import { explain, isOneHostsFault } from './explain.ts';
import { guardHandshakes } from './handshake-guard.ts';

/** What a client is used for; each use has its own, so that none breaks another's connection. */
export type Use = 'write' | 'look' | 'watch' | 'status' | 'lease';

export interface SessionOptions {
  readonly settings: EtcdSettings;
  readonly key: string;
  readonly log: Logger;
}

/** Connections to one etcd cluster, with credentials that may change on disk. */
export interface Session {
  /** Reads the credential files again; where they changed, every client is a new one. Throws OperatorError. */
  refresh(): void;
  /** One call, tried on each host until one answers; a write on one host only, since its answer may be lost. Throws OperatorError. */
  call<T>(use: Use, action: string, work: (client: Etcd3) => Promise<T>): Promise<T>;
  /** The next call begins with another host. */
  turnAway(): void;
  /** Counts the changes of the credentials. */
  generation(): number;
  /** A failure of etcd in words that name the hosts, the key and the user. */
  explain(thrown: unknown, action: string): OperatorError;
  close(): void;
}

/** All tries of one call together, in milliseconds. */
const DEADLINE_MS = 5_000;
const SHORTEST_TRY_MS = 1_500;

export function openSession({ settings, key, log }: SessionOptions): Session {
  const hosts = settings.etcdHost;
  const deadlineMs = Math.max(SHORTEST_TRY_MS, Math.floor(DEADLINE_MS / hosts.length));
  const clients = new Map<string, Etcd3>();
  let credentials: Credentials | undefined;
  let holder: TokenHolder = { token: undefined };
  let preferred = hosts.length < 2 ? 0 : Math.floor(Math.random() * hosts.length);
  let withoutLogin = false;
  const releaseGuard = guardHandshakes(new Set(hosts.map((host) => Number(/:(\d+)$/.exec(host)?.[1]))));
  let generation = 0;
  let closed = false;

  function refresh(): void {
    const latest = readLatest();
    if (credentials?.fingerprint === latest.fingerprint) return;
    if (credentials !== undefined) log.info({}, 'etcd.credentials-changed');
    credentials = latest;
    generation += 1;
    renew();
  }

  /** While files are being replaced, those read before are the best there is. */
  function readLatest(): Credentials {
    try {
      return readCredentials(settings);
    } catch (err) {
      if (credentials === undefined) throw err;
      log.warn({ err }, 'etcd.credentials-unreadable');
      return credentials;
    }
  }

  function renew(): void {
    for (const client of clients.values()) client.close();
    clients.clear();
    holder = { token: undefined };
    withoutLogin = false;
  }

  function clientFor(use: Use, host: string): Etcd3 {
    if (closed) throw new OperatorError('the connection to etcd is closed', { code: 'closed' });
    if (credentials === undefined) refresh();
    const name = `${use} ${host}`;
    const known = clients.get(name);
    if (known !== undefined || credentials === undefined) return known as Etcd3;
    const client = createClient({ host, credentials, holder, deadlineMs });
    clients.set(name, client);
    return client;
  }

  async function login(host: string): Promise<void> {
    const password = credentials?.password;
    if (password === undefined || holder.token !== undefined || withoutLogin) return;
    const mine = holder;
    try {
      const request = { name: settings.etcdUser ?? '', password: reveal(password) };
      const { token } = await clientFor('look', host).auth.authenticate(request);
      mine.token = token;
    } catch (err) {
      if (!/authentication is not enabled/.test(messageOf(err))) throw err;
      withoutLogin = true;
      log.warn({ user: settings.etcdUser }, 'etcd.login-not-enabled');
    }
  }

  async function attempt<T>(use: Use, host: string, work: (client: Etcd3) => Promise<T>): Promise<T> {
    const client = clientFor(use, host);
    await login(host);
    try {
      return await work(client);
    } catch (err) {
      const expired = credentials?.password !== undefined && holder.token === undefined && !withoutLogin;
      if (!expired) throw err;
      await login(host);
      return await work(client);
    }
  }

  async function call<T>(use: Use, action: string, work: (client: Etcd3) => Promise<T>): Promise<T> {
    refresh();
    let failure: OperatorError | undefined;
    const most = use === 'write' ? 1 : hosts.length;
    for (let tries = 0; tries < most; tries += 1) {
      const host = hosts[preferred % hosts.length] ?? '';
      try {
        return await attempt(use, host, work);
      } catch (err) {
        const latest = inWords(err, action);
        // That the cluster has no leader says more than that another member didn't answer.
        if (failure?.code !== 'no-leader') failure = latest;
        if (!isOneHostsFault(latest)) break;
        turnAway();
      }
    }
    throw failure ?? new OperatorError('no etcd host is given');
  }

  function turnAway(): void {
    preferred = (preferred + 1) % hosts.length;
  }

  function inWords(thrown: unknown, action: string): OperatorError {
    return explain(thrown, { hosts, key, user: credentials?.user ?? settings.etcdUser, action });
  }

  function close(): void {
    closed = true;
    releaseGuard();
    renew();
  }

  return { refresh, call, turnAway, generation: () => generation, explain: inWords, close };
}
