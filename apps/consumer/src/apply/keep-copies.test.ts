import { createLogger } from '@kubefigurator/daemon';
import { captureStream } from '@kubefigurator/daemon/testing';
import type { CertificateState, Memory, Observation } from '@kubefigurator/rollout';
import { expect, it } from 'vitest';
import type { Certificates } from './certificates.ts';
import { createCopyFailureState, keepCopies } from './keep-copies.ts';

const worker = { pid: 7, startTicks: 5 };
const good = (file: string): CertificateState => ({
  ...{ file, name: file, isInBundle: false, isFromCopy: false, blocksStart: false, sources: [] },
  ...{ unchangedMs: 60_000, served: { name: file, fingerprint: 'f', notAfter: '2028', chain: 0 } },
  disk: {
    ...{ kind: 'good', contentHash: file, fingerprint: 'f', chain: 0, notAfter: '2028', isExpired: false },
    reloadFor: undefined,
  },
});
const gone = (file: string): CertificateState => ({
  ...good(file),
  disk: { kind: 'broken', reason: 'it is gone' },
});

/** Runs `keepCopies` as passes with these certificates do; with `error` no copy can be written. */
function createKeeper(): {
  readonly pass: (states: readonly CertificateState[], error?: string) => Promise<void>;
  readonly events: () => readonly string[];
  readonly failure: () => string | undefined;
} {
  const { stream, text } = captureStream();
  const copyFailure = createCopyFailureState();
  const log = createLogger({ level: 'info', format: 'json', stream, journal: false });
  const copied: string[] = [];
  return {
    pass: async (states, error) => {
      const records = new Map(
        states.map(({ file }) => [file, { state: 'served', contentHash: file, worker, served: undefined }]),
      );
      const observation = {
        freeze: undefined,
        haproxy: { kind: 'up', worker },
        certificates: states,
        copies: { copies: copied.map((file) => ({ file, contentHash: file })), files: new Map() },
      } as unknown as Observation;
      const certificates = {
        keepCopies: (wanted: readonly CertificateState[]) => {
          if (error !== undefined && wanted.length > 0) return Promise.reject(new Error(error));
          copied.push(...wanted.map(({ file }) => file));
          return Promise.resolve();
        },
      } as unknown as Certificates;
      const memory = { certificates: { records } } as unknown as Memory;
      await keepCopies(memory, observation, { kind: 'unknown' }, { certificates, log, copyFailure });
    },
    events: () => [...text().matchAll(/"msg":"([^"]*)"/g)].map(([, msg = '']) => msg),
    failure: () => copyFailure.last?.reason,
  };
}

it('a failed copy is over once it is written', async () => {
  const { pass, events, failure } = createKeeper();
  await pass([good('a')], 'the disk is full');
  expect(failure()).toBe('the disk is full');
  await pass([good('a')]);
  expect([events(), failure()]).toEqual([
    ['certificate-copy.failed', 'certificate-copy.recovered'],
    undefined,
  ]);
});

it('a failed copy goes on while its file is gone, whatever else can be copied', async () => {
  const { pass, events, failure } = createKeeper();
  await pass([good('a'), good('b')], 'the disk is full');
  await pass([gone('a'), good('b')]);
  await pass([gone('a'), good('b'), good('c')]);
  expect([events(), failure()]).toEqual([['certificate-copy.failed'], 'the disk is full']);
  await pass([good('a'), good('b'), good('c')]);
  expect(events().at(-1)).toBe('certificate-copy.recovered');
});

it('a failed copy is over once no text names its file', async () => {
  const { pass, events, failure } = createKeeper();
  await pass([good('a')], 'the disk is full');
  await pass([gone('a')]);
  await pass([]);
  expect([events().at(-1), failure()]).toEqual(['certificate-copy.recovered', undefined]);
});

it('a failure is logged again only for another reason', async () => {
  const { pass, events } = createKeeper();
  for (const reason of ['the disk is full', 'the disk is full', 'the file system is read-only'])
    await pass([good('a')], reason);
  expect(events()).toEqual(['certificate-copy.failed', 'certificate-copy.failed']);
});
