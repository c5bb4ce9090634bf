import { defineCommand, OperatorError, unlessStopped, UsageError } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { takeOverSettings } from '../guard-settings.ts';
import type { Signature } from '../publish/guard/held-record.ts';
import {
  type Cluster,
  describeCluster,
  formatOwner,
  isSameCluster,
  type Owner,
  parseOwner,
} from '../publish/owner/owner.ts';
import { createPins, pinnedError } from '../publish/pin/pins.ts';
import { signatureOf } from './signature.ts';

/** Gives a path to another cluster. */
export const takeOver = defineCommand({
  name: 'take-over',
  summary: 'give the etcd path to another cluster',
  description:
    'A path belongs to the cluster that published to it first, and producers of others publish nothing there. take-over gives ' +
    'it to the cluster that has this name as --cluster, or this uid of its Namespace kube-system; the producer of the former one ' +
    'publishes nothing from then on. A path with a pinned text is refused: unpin it first. Needs etcd only. Exits 0 when that is ' +
    'written, 1 when not, also when the path belongs to that cluster already.',
  settings: takeOverSettings,
  positional: ['cluster'],
  run: async ({ io, settings, log }) => {
    const next = clusterOf(settings);
    const store = openConfigStore(settings, { log });
    try {
      const seen = await unlessStopped(store.readOwner(), io.signal);
      if (seen === undefined)
        throw new OperatorError(`etcd denies ${store.key}/owner to this user`, {
          hint: 'grant the user a role for this key, such as kubefigurator-operator in docs/install.md',
        });
      const { marker, revision } = await unlessStopped(createPins(store).current(), io.signal);
      // Whose text is pinned would be unclear: the pinned one, and the one before, are of the former cluster.
      if (marker?.kind === 'pinned') throw pinnedError(store.key, marker);
      const before = seen.value === undefined ? undefined : parseOwner(seen.value);
      const owner = ownerAfter(before, next, { key: store.key, by: signatureOf(io, settings) });
      if (!(await unlessStopped(store.writeOwner(formatOwner(owner), seen, { revision }), io.signal)))
        throw new OperatorError(`${store.key}/owner, or the pin, has changed since it was read`, {
          hint: 'say it again',
        });
      const from = before === undefined ? '' : `, and no longer to ${describeCluster(before)}`;
      io.stdout.write(`${store.key} belongs to ${describeCluster(owner)} from now on${from}\n`);
      return 0;
    } finally {
      await store.close();
    }
  },
});

function clusterOf(settings: {
  readonly cluster: string | undefined;
  readonly clusterUid: string | undefined;
}): Cluster {
  const { cluster: name = '', clusterUid: uid } = settings;
  if (name !== '' || uid !== undefined) return { name, uid };
  throw new UsageError('take-over: name the cluster that gets the path, or give its --cluster-uid');
}

/** The owner that is written; throws an OperatorError if the path belongs to that cluster already. */
function ownerAfter(
  before: Owner | undefined,
  next: Cluster,
  { key, by }: { readonly key: string; readonly by: Signature },
): Owner {
  if (before !== undefined && isOwnedBy(before, next))
    throw new OperatorError(`${key} belongs to ${describeCluster(before)} already`, {
      // A cluster that was built anew has its name from before, and another uid.
      ...(next.uid === undefined &&
        before.uid !== undefined && {
          hint: `if ${next.name} was built anew, give the uid of its Namespace kube-system, too: take-over ${next.name} --cluster-uid <uid>`,
        }),
    });
  return { ...next, takenOver: by, formerUid: next.uid === undefined ? before?.uid : undefined };
}

/** True if the path belongs to this cluster already, by its name if no uid is given. */
function isOwnedBy(owner: Owner, next: Cluster): boolean {
  return next.uid === undefined ? owner.name === next.name : isSameCluster(owner, next);
}
