import { defineCommand, type Logger, OperatorError, unlessStopped, UsageError } from '@kubefigurator/daemon';
import {
  type ConfigStore,
  hashOfText,
  openConfigStore,
  type PinReading,
  type Reading,
} from '@kubefigurator/etcd-store';
import { pinSettings, unpinSettings } from '../history-settings.ts';
import { readBoard } from '../publish/guard/held-board.ts';
import { describeSignature, type Signature } from '../publish/guard/held-record.ts';
import { isRevision } from '../publish/history/history-record.ts';
import { keepText } from '../publish/history/kept-text.ts';
import { unknownRevisionError } from '../publish/history/unknown-revision.ts';
import {
  describePin,
  formatPinMarker,
  parsePinMarker,
  type PinMarker,
  type TextRef,
} from '../publish/pin/pin-marker.ts';
import { createPins } from '../publish/pin/pins.ts';
import { findStandingText } from '../publish/standing-text.ts';
import { signatureOf } from './signature.ts';

/** So often a text is pinned again that another publication has overtaken. */
const MOST_TRIES = 5;

/** Goes back to an earlier text, and stays there. */
export const pin = defineCommand({
  name: 'pin',
  summary: 'go back to an earlier text: every host runs it until unpin',
  description:
    'Puts the text of a publication (history lists them) under the key, and a marker beside it in one transaction; from then on ' +
    'no producer publishes anything else to this path, and one that runs puts the text back if somebody replaces it. Works ' +
    'with and without a producer, also while publications are paused. Needs etcd only. Exits 0 when the text is pinned, 1 when not.',
  settings: pinSettings,
  positional: ['revision'],
  run: async ({ io, settings, log }) => {
    const { revision } = settings;
    if (revision === undefined || !isRevision(revision))
      throw new UsageError('pin: give the revision of a publication, as history shows it: pin 42');
    const store = openConfigStore(settings, { log });
    try {
      const signature = signatureOf(io, settings);
      const earlier = await unlessStopped(pinRevision({ store, log }, revision, signature), io.signal);
      // Its reason is in no key any more.
      const until = earlier === undefined ? '' : `; until now it was ${describePin(earlier)}`;
      io.stdout.write(
        `${store.key} is pinned to revision ${revision} by ${signature.by}; unpin ends it${until}\n`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
});

/** Ends a pin. */
export const unpin = defineCommand({
  name: 'unpin',
  summary: 'let publications go on after pin',
  description:
    'A producer that runs publishes what the cluster asks for now at once, else the next apply or watch does; until then the ' +
    'hosts keep the pinned text. Needs etcd only. Exits 0 when publications go on, 1 when no text was pinned.',
  settings: unpinSettings,
  run: async ({ io, settings, log }) => {
    const store = openConfigStore(settings, { log });
    try {
      const seen = await unlessStopped(readMarker(store), io.signal);
      const marker = seen.value === undefined ? undefined : parsePinMarker(seen.value);
      if (marker?.kind !== 'pinned') throw new OperatorError(`no text of ${store.key} is pinned`);
      const signature = signatureOf(io, settings);
      // What stood before counts for the next publication: the pinned text gave nobody anything.
      const next = formatPinMarker({ ...marker, kind: 'unpinned', signature });
      if (!(await unlessStopped(store.writePin(next, seen), io.signal)))
        throw new OperatorError(`${store.key}/pin has changed since it was read`, { hint: 'say it again' });
      const { pause } = readBoard(await unlessStopped(store.readHeld(), io.signal));
      const goesOn =
        pause === undefined ? 'go on' : `are still paused ${describeSignature(pause)}; resume ends that`;
      io.stdout.write(`publications to ${store.key} ${goesOn}; the text was ${describePin(marker)}\n`);
      return 0;
    } finally {
      await store.close();
    }
  },
});

/** Gives the marker of the pin that this one replaces, if any. */
async function pinRevision(
  { store, log }: { readonly store: ConfigStore; readonly log: Logger },
  revision: string,
  signature: Signature,
): Promise<PinMarker | undefined> {
  for (let attempt = 0; attempt < MOST_TRIES; attempt += 1) {
    const [seen, markerSeen] = [await store.read(), await readMarker(store)];
    const text = await store.readHistoryText(revision);
    if (text === undefined) throw unknownRevisionError(store.key, revision);
    const marker = formatPinMarker({
      kind: 'pinned',
      text: { revision, hash: hashOfText(text) },
      before: await keepTextBefore({ store, log }, seen, markerSeen),
      signature,
    });
    const result = await store.pin({ revision, text, seen, marker, markerSeen });
    if (result === 'pinned') {
      const earlier = markerSeen.value === undefined ? undefined : parsePinMarker(markerSeen.value);
      return earlier?.kind === 'pinned' ? earlier : undefined;
    }
    if (result === 'gone') throw unknownRevisionError(store.key, revision);
  }
  throw new OperatorError(`${store.key} keeps changing`, { hint: 'say it again' });
}

/**
 * What stood before the first pin; a second one, also right after `unpin`, doesn't change it. The history is made to have it, since
 * its claims count after the pin, also for another producer.
 */
async function keepTextBefore(
  { store, log }: { readonly store: ConfigStore; readonly log: Logger },
  seen: Reading,
  markerSeen: PinReading,
): Promise<TextRef | undefined> {
  const pins = createPins(store);
  pins.notice(markerSeen);
  if (!(await pins.isOutdated(seen))) return pins.known()?.before;
  const standing = await findStandingText(store, seen);
  if (standing === undefined) return undefined;
  if (!standing.isInHistory) await keepText(store, standing, log);
  return { revision: standing.revision, hash: hashOfText(standing.text) };
}

async function readMarker(store: ConfigStore): Promise<PinReading> {
  const reading = await store.readPin();
  if (reading !== undefined) return reading;
  throw new OperatorError(`etcd denies ${store.key}/pin to this user`, {
    hint: 'grant the user a role for this key, such as kubefigurator-operator in docs/install.md',
  });
}
