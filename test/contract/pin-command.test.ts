import { afterEach, beforeEach, expect, it } from 'vitest';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { type ConfigStore, packText, type PublicationTerms } from '@kubefigurator/etcd-store';
import { type CommandResult, runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { KEY, startLocalEtcd, storeAt, type LocalEtcd } from './local-etcd.ts';

let etcd: LocalEtcd;
let store: ConfigStore;
const textOf = (name: string): string => `${CONFIG_HEADER}\n# ${name}\n`;
const [OLD, NEW, NEWEST] = [textOf('old'), textOf('new'), textOf('newest')];

beforeEach(async () => {
  etcd = await startLocalEtcd();
  store = storeAt(etcd.url);
});
afterEach(async () => {
  await store.close();
  await etcd.end();
});

/** The producer's program, without a cluster. */
function run(...command: readonly string[]): Promise<CommandResult> {
  const flags = [`--etcd-host=${etcd.url}`, `--etcd-path=${KEY}`];
  return runCommand([process.execPath, bundlePath('producer'), ...command, ...flags]);
}

async function publish(text: string, terms: PublicationTerms = {}): Promise<string> {
  const result = await store.publish(text, await store.read(), { record: '{}', ...terms });
  if (result.kind !== 'published') throw new Error(result.kind);
  return result.revision;
}

async function publishAndRemember(text: string): Promise<string> {
  const revision = await publish(text);
  const packed = await packText(text);
  await store.writeHistory({ revision, record: '{}', packed, deletes: [], leader: undefined });
  return revision;
}

interface Marker {
  readonly before?: { readonly revision: string };
}

async function markerNow(): Promise<Marker> {
  return JSON.parse((await store.readPin())?.value ?? '{}') as Marker;
}

async function status(): Promise<{ readonly code: number | null; readonly judgement: string | undefined }> {
  const { code, stdout } = await run('status', '-o', 'json');
  const { pinned } = JSON.parse(stdout) as { readonly pinned?: { readonly judgement?: string } };
  return { code, judgement: pinned?.judgement };
}

it('a pin keeps the text that it replaces in the history, if no producer has written it yet', async () => {
  const old = await publishAndRemember(OLD);
  const live = await publish(NEW);
  expect(await run('pin', old)).toMatchObject({ code: 0 });
  expect(await markerNow()).toMatchObject({ before: { revision: live } });
  expect(await store.readHistoryText(live)).toBe(NEW);
  expect((await store.readHistory()).map(({ revision }) => revision).toSorted()).toEqual(
    [old, live].toSorted(),
  );
});

it('a pin over a marker that somebody wrote by hand knows what stood before', async () => {
  const old = await publishAndRemember(OLD);
  const live = await publish(NEW);
  await etcd.etcdctl('put', `${KEY}/pin`, 'nothing goes out today');
  expect(await run('pin', old)).toMatchObject({ code: 0 });
  expect(await markerNow()).toMatchObject({ before: { revision: live } });
});

it('status tells a pinned text, one that is overwritten, and a pin that a downgrade has left behind', async () => {
  const old = await publishAndRemember(OLD);
  await publish(NEW);
  await run('pin', old);
  expect(await status()).toEqual({ code: 1, judgement: 'kept' });
  await etcd.etcdctl('put', KEY, 'by hand');
  expect(await status()).toEqual({ code: 1, judgement: 'overwritten' });
  const revision = (await store.readPin())?.revision ?? '';
  // As a producer does that doesn't compare the marker.
  await publish(NEWEST, { pin: { revision, then: 'stays' } });
  expect(await status()).toEqual({ code: 1, judgement: 'left-behind' });
  expect(await run('pin', old)).toMatchObject({ code: 0 });
  expect(await status()).toEqual({ code: 1, judgement: 'kept' });
});

it('diff of two publications shows control characters instead of sending them to a terminal', async () => {
  const old = await publishAndRemember(OLD);
  const hostile = await publishAndRemember(`${OLD}# \u001b[2J\u202e\n`);
  const { code, stdout } = await run('diff', old, hostile);
  expect(code).toBe(1);
  expect(stdout).toContain('+# \\u001b[2J\\u202e\n');
});
