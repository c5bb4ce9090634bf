import type { Etcd3 } from 'etcd3';
import { createAlarm, messageOfError, OperatorError, revealSecret, type Logger } from '@kubefigurator/daemon';
import { createEtcdClient, type TokenHolder } from './client.ts';
import { readEtcdCredentials, type Credentials } from './credentials.ts';
import type { EtcdSettings } from './etcd-settings.ts';
import { explainEtcdError, mayBeFaultOfOneHost } from './explain-etcd-error.ts';
import { guardHandshakes } from './handshake-guard.ts';

/**
 * What a client is used for. Each use has a client of its own, since a call that times out resets the connection of its
 * client, and with it every other call there.
 */
export type Use = 'write' | 'look' | 'watch' | 'status' | 'lease';

/** What a call is for: which client it takes, and what the message of its failure names. */
export interface Purpose {
  readonly use: Use;
  /** A verb, such as `read`. */
  readonly action: string;
  /** The key, or the prefix of a range. */
  readonly key: string;
  /** The only host that is tried. By default every host is tried, the preferred one first; for `write` only that one. */
  readonly host?: string | undefined;
}

type Work<T> = (client: Etcd3, host: string) => Promise<T>;

export interface SessionOptions {
  readonly settings: EtcdSettings;
  readonly log: Logger;
}

/** Connections to one etcd cluster, with credentials that may change on disk; knows no key. */
export interface Session {
  /**
   * Reads the credential files again and replaces every client if one of them changed. Throws OperatorError if they can't
   * be read the first time; later, the credentials that were read before stay in use.
   */
  refresh(): void;
  /**
   * One call, whose work also gets the host. It is tried on each host until one answers. Up to three hosts share 5 s; of
   * more, each has 1.5 s; a login with a password may take as long again. The use `write` is tried on one host only,
   * because a write without an answer may have been carried out. Throws OperatorError.
   */
  call<T>(purpose: Purpose, work: Work<T>): Promise<T>;
  /** Makes the next call begin with another host. */
  preferNextHost(): void;
  /** How often the credentials have changed. */
  generation(): number;
  /** A failure of etcd as an error that names the hosts, the key and the user. */
  explain(thrown: unknown, purpose: Omit<Purpose, 'use'>): OperatorError;
  close(): void;
}

/** The hosts of a call share this time, in milliseconds, but each gets at least the shortest try. */
const DEADLINE_MS = 5_000;
const SHORTEST_TRY_MS = 1_500;

/** Opens nothing yet: a connection is made when a call needs it. */
export function openEtcdSession({ settings, log }: SessionOptions): Session {
  const { etcdHost: hosts, etcdProxy: proxy } = settings;
  const deadlineMs = Math.max(SHORTEST_TRY_MS, Math.floor(DEADLINE_MS / hosts.length));
  const clients = new Map<string, Etcd3>();
  const alarm = createAlarm();
  let credentials: Credentials | undefined;
  let holder: TokenHolder = { token: undefined };
  // A random start spreads the programs over the members.
  let preferred = hosts.length < 2 ? 0 : Math.floor(Math.random() * hosts.length);
  /** True once etcd has said that its authentication is switched off. */
  let withoutLogin = false;
  const peers = proxy === undefined ? hosts : [proxy.address];
  const endHandshakeGuard = guardHandshakes(new Set(peers.map((peer) => Number(/:(\d+)$/.exec(peer)?.[1]))));
  let generation = 0;
  let closed = false;

  function refresh(): void {
    const latest = readLatest();
    if (credentials?.fingerprint === latest.fingerprint) return;
    if (credentials !== undefined) log.info('etcd-credentials.changed');
    credentials = latest;
    generation += 1;
    dropClients();
  }

  /** While an operator replaces the files one by one they don't fit together; the credentials read before are used until they do. */
  function readLatest(): Credentials {
    try {
      const latest = readEtcdCredentials(settings);
      const level = alarm.end();
      if (level !== undefined) log[level]('etcd-credentials.recovered');
      return latest;
    } catch (err) {
      if (credentials === undefined) throw err;
      log[alarm.raise('warn', messageOfError(err))]({ err }, 'etcd-credentials.failed');
      return credentials;
    }
  }

  function dropClients(): void {
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
    if (known !== undefined) return known;
    // `refresh` has set the credentials or thrown.
    const given = credentials as Credentials;
    const client = createEtcdClient({ host, proxy, credentials: given, holder, deadlineMs });
    clients.set(name, client);
    return client;
  }

  async function login(host: string): Promise<void> {
    const password = credentials?.password;
    if (password === undefined || holder.token !== undefined || withoutLogin) return;
    // If the credentials change while etcd answers, the token isn't for the new holder.
    const mine = holder;
    try {
      const request = { name: settings.etcdUser ?? '', password: revealSecret(password) };
      const { token } = await clientFor('look', host).auth.authenticate(request);
      mine.token = token;
    } catch (err) {
      if (!/authentication is not enabled/.test(messageOfError(err))) throw err;
      withoutLogin = true;
      log.warn({ user: settings.etcdUser }, 'etcd-login.skipped');
    }
  }

  async function attempt<T>(use: Use, host: string, work: Work<T>): Promise<T> {
    const client = clientFor(use, host);
    await login(host);
    try {
      return await work(client, host);
    } catch (err) {
      // The clients forget a token that etcd refuses, such as an expired one.
      const wasTokenRefused =
        credentials?.password !== undefined && holder.token === undefined && !withoutLogin;
      if (!wasTokenRefused) throw err;
      await login(host);
      return await work(client, host);
    }
  }

  async function call<T>(purpose: Purpose, work: Work<T>): Promise<T> {
    refresh();
    let failure: OperatorError | undefined;
    for (let tries = 0; tries < mostTries(purpose); tries += 1) {
      try {
        return await attempt(purpose.use, purpose.host ?? preferredHost(), work);
      } catch (err) {
        const latest = explain(err, purpose);
        // If one member has no leader and another doesn't answer, "no leader" says more about the cause.
        if (failure?.code !== 'no-leader') failure = latest;
        if (!mayBeFaultOfOneHost(latest)) break;
        if (purpose.host === undefined) preferNextHost();
      }
    }
    throw failure ?? new OperatorError('no etcd host is given');
  }

  function mostTries({ use, host }: Purpose): number {
    return host !== undefined || use === 'write' ? 1 : hosts.length;
  }

  function preferredHost(): string {
    return hosts[preferred % hosts.length] ?? '';
  }

  function preferNextHost(): void {
    preferred = (preferred + 1) % hosts.length;
  }

  function explain(thrown: unknown, { action, key }: Omit<Purpose, 'use'>): OperatorError {
    const user = credentials?.user ?? settings.etcdUser;
    return explainEtcdError(thrown, { hosts, key, user, action, proxy: proxy?.toString() });
  }

  function close(): void {
    closed = true;
    endHandshakeGuard();
    dropClients();
  }

  return { refresh, call, preferNextHost, generation: () => generation, explain, close };
}
