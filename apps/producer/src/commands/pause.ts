import { defineCommand, OperatorError, unlessStopped } from '@kubefigurator/daemon';
import { openConfigStore, PAUSE } from '@kubefigurator/etcd-store';
import { pauseSettings } from '../guard-settings.ts';
import { readBoard } from '../publish/guard/held-board.ts';
import { describeSignature } from '../publish/guard/held-record.ts';
import { describePin } from '../publish/pin/pin-marker.ts';
import { createPins } from '../publish/pin/pins.ts';
import { signatureOf } from './signature.ts';

/** Stops publications. */
export const pause = defineCommand({
  name: 'pause',
  summary: 'stop publications: the hosts keep what they run',
  description:
    'From then on no producer writes a text to this path, whether it runs already or not, until resume. Needs etcd only. ' +
    'Exits 0 when publications are paused.',
  settings: pauseSettings,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const signature = signatureOf(io, settings);
      // Who paused first, since when and why is what `status` and the alert tell.
      const { pause: earlier } = readBoard(await unlessStopped(store.readHeld(), io.signal));
      if (earlier === undefined)
        await unlessStopped(store.writeHeld(PAUSE, JSON.stringify(signature)), io.signal);
      io.stdout.write(
        earlier === undefined
          ? `publications to ${store.key} are paused by ${signature.by}\n`
          : `publications to ${store.key} are paused already, ${describeSignature(earlier)}\n`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
});

/** Ends a pause. */
export const resume = defineCommand({
  name: 'resume',
  summary: 'let publications go on after pause',
  description: 'Needs etcd only. Exits 0 when publications go on, 1 when they were not paused.',
  settings: pauseSettings,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const { pause: paused } = readBoard(await unlessStopped(store.readHeld(), io.signal));
      if (paused === undefined) throw new OperatorError(`publications to ${store.key} are not paused`);
      await unlessStopped(store.writeHeld(PAUSE, undefined), io.signal);
      const { marker } = await unlessStopped(createPins(store).current(), io.signal);
      const goesOn =
        marker?.kind === 'pinned'
          ? `don't go on yet, since it is ${describePin(marker)}; unpin ends that`
          : 'go on';
      io.stdout.write(
        `publications to ${store.key} ${goesOn}; they were paused ${describeSignature(paused)}\n`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
});
