import { defineCommand, OperatorError, unlessStopped, UsageError } from '@kubefigurator/daemon';
import { openConfigStore } from '@kubefigurator/etcd-store';
import { claimsHoldRelease, claimsAfterReleases, parseReleasedBind } from '../publish/releases.ts';
import { releaseSettings } from '../settings.ts';
import { readStanding } from './standing.ts';

/** Frees a bind, or a host on it, so that the oldest Service that asks for it gets it. */
export const release = defineCommand({
  name: 'release',
  summary: 'free a bind, or a host on it, from those who have it',
  description:
    'Who is served keeps what they have, and what is reserved stays reserved; this frees one bind (*:443) or one host on ' +
    'it (*:443 a.example.com), and the oldest Service that asks gets it. The producer that runs obeys at once, else the next ' +
    'apply or watch. Needs etcd only. Exits 0 when the release is written, 1 when nothing stands there.',
  settings: releaseSettings,
  positional: ['bind', 'host'],
  run: async ({ io, settings, log }) => {
    const name = [settings.bind, settings.host].filter((word) => word !== undefined).join(' ');
    const released = parseReleasedBind(name);
    if (released === undefined)
      throw new UsageError(
        `release: "${name}" is not a bind, or a bind and a host; give them as the config has them, such as '*:443' or '*:443' a.example.com`,
      );
    const store = openConfigStore(settings, { log });
    try {
      const reading = await unlessStopped(store.read(), io.signal);
      const standing = await unlessStopped(readStanding(store, reading), io.signal);
      if (!claimsHoldRelease(claimsAfterReleases(standing.text, []), released))
        throw new OperatorError(`nobody has ${name} in ${store.key}, and it is reserved for nobody`, {
          hint: 'look for the bind and its "# reserved:" lines in the text',
        });
      await store.release(name);
      io.stdout.write(`${name} is free for the oldest Service that asks for it, with the next publication\n`);
      return 0;
    } finally {
      await store.close();
    }
  },
});
