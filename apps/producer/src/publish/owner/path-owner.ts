import { createAlarm, type Logger, OperatorError } from '@kubefigurator/daemon';
import type { ConfigStore, OwnerReading, PublicationTerms } from '@kubefigurator/etcd-store';
import {
  type Cluster,
  describeCluster,
  formatOwner,
  judgeOwner,
  type Ownership,
  type Owner,
} from './owner.ts';
import { plainWord } from '../plain-word.ts';

export interface PathOwnerOptions {
  readonly store: Pick<ConfigStore, 'key' | 'readOwner'>;
  /** The cluster whose objects the snapshot holds. */
  readonly cluster: () => Cluster;
  readonly log: Logger;
}

/** Knows whose path it is, and refuses publications to that of another cluster. */
export interface PathOwner {
  /**
   * What a publication compares with the owner key, and writes to it; undefined if etcd denies the key to this user.
   * Throws an OperatorError, with the code `other-cluster` if the path is another cluster's or its owner can't be
   * read.
   */
  readonly terms: () => Promise<PublicationTerms['owner']>;
  /**
   * Takes what the owner key holds, from the watch or from a publication that was refused. True if this producer may
   * not publish by it, or might not before, so that a pass has to begin.
   */
  readonly notice: (reading: OwnerReading) => boolean;
  /** To be called once a publication with these terms is in etcd. */
  readonly published: (terms: PublicationTerms['owner']) => void;
  /** Why nothing may be published, by the last `terms`; undefined if nothing is known against it. */
  readonly refusal: () => string | undefined;
}

export function createPathOwner({ store, cluster, log }: PathOwnerOptions): PathOwner {
  const alarm = createAlarm();
  let seen: OwnerReading | undefined;
  let isDenied = false;
  let refusal: OperatorError | undefined;

  async function look(): Promise<OwnerReading | undefined> {
    if (isDenied) return undefined;
    seen ??= await store.readOwner();
    if (seen === undefined) {
      isDenied = true;
      log.warn({ key: store.key }, 'path.unprotected');
    }
    return seen;
  }

  function refuse(error: OperatorError): never {
    refusal = error;
    log[alarm.raise('warn', error.message)]({ reason: error.message, hint: error.hint }, 'path.refused');
    throw error;
  }

  function accept(): void {
    refusal = undefined;
    const level = alarm.end();
    if (level !== undefined) log[level]({ key: store.key }, 'path.accepted');
  }

  return {
    terms: async () => {
      const reading = await look();
      if (reading === undefined) return undefined;
      const ownership = judgeOwner(reading.value, cluster());
      if (ownership.kind !== 'ours') return refuse(refusalOf(store.key, cluster(), ownership));
      accept();
      const { put } = ownership;
      const isFirst = reading.value === undefined;
      const since = isFirst ? new Date().toISOString() : put?.since;
      return { seen: reading, put: put && formatOwner({ ...put, since }) };
    },
    notice: (reading) => {
      seen = reading;
      if (isDenied) log.warn({ key: store.key }, 'path.protected');
      isDenied = false;
      return refusal !== undefined || judgeOwner(reading.value, cluster()).kind !== 'ours';
    },
    published: (terms) => {
      if (terms?.put === undefined) return;
      // Every first publication claims a path that has no owner, so that only a change of the owner is a warning.
      const level = terms.seen.value === undefined ? 'info' : 'warn';
      log[level]({ key: store.key, what: describeCluster(cluster()) }, 'path.claimed');
      // The new revision of the owner key isn't known, so the key is read before the next publication.
      seen = undefined;
    },
    refusal: () => refusal?.message,
  };
}

function refusalOf(
  key: string,
  cluster: Cluster,
  ownership: Exclude<Ownership, { kind: 'ours' }>,
): OperatorError {
  const ours = describeCluster(cluster);
  const whose =
    ownership.kind === 'unreadable'
      ? `who owns ${key} can't be read from ${key}/owner`
      : `${key} belongs to ${describeOwner(ownership.owner)}`;
  return new OperatorError(`${whose}, and this producer publishes ${ours}`, {
    code: 'other-cluster',
    hint: `give this cluster a path of its own with --etcd-path, or give it this one with: kubefigurator-producer take-over ${argumentsFor(cluster)}`,
  });
}

function describeOwner(owner: Owner): string {
  const { takenOver } = owner;
  const printable = (text: string): string => plainWord(text, 100);
  const history =
    takenOver === undefined
      ? ''
      : `, to which ${printable(takenOver.by)} gave it at ${printable(takenOver.at)}`;
  return `${describeCluster(owner)}${history}`;
}

/** The arguments of `take-over` that name this cluster. */
function argumentsFor({ name, uid }: Cluster): string {
  return [name, uid === undefined ? '' : `--cluster-uid=${uid}`].filter((word) => word !== '').join(' ');
}
