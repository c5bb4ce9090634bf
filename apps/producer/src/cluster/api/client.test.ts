import { text } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { openClient } from './client.ts';
import { silentLog } from '../testing/silent-log.ts';
import { type Answer, refuse, type ScriptedApi, silence, startScriptedApi } from './testing/scripted-api.ts';

const EVENTS = '/apis/events.k8s.io/v1/namespaces/shop/events';

let api: ScriptedApi | undefined;
afterEach(() => api?.close());

async function create(answer: Answer, signal = new AbortController().signal): Promise<void> {
  api = await startScriptedApi({ lists: [answer], watches: [] });
  const client = await openClient({ kubeconfig: api.kubeconfig, env: {}, log: silentLog(), signal });
  return client.create(EVENTS, { note: '€' }, signal);
}

it('creates an object', async () => {
  let received: unknown;
  await create((response) => {
    const { method, url, headers } = response.req;
    void text(response.req).then((body) => {
      received = { method, url, type: headers['content-type'], body: JSON.parse(body) as unknown };
      response.writeHead(201).end('{}');
    });
  });
  expect(received).toEqual({
    method: 'POST',
    url: EVENTS,
    type: 'application/json',
    body: { note: '€' },
  });
});

it.each([
  [
    'a right',
    'events.events.k8s.io is forbidden: User "u" cannot create resource "events"',
    '403 we may not create events in namespace shop: grant create on events of the group events.k8s.io (events',
  ],
  ['something else', 'exceeded quota: few', '403 exceeded quota: few'],
])('says what is missing: %s', async (_what, message, expected) => {
  await expect(create(refuse(403, message))).rejects.toThrow(expected);
});

it('stops waiting for an answer at once when it is told to', async () => {
  const stop = new AbortController();
  const created = create(silence, stop.signal).then(
    () => 'created',
    () => 'stopped',
  );
  await vi.waitFor(() => expect(api?.seen).toHaveLength(1));
  const started = performance.now();
  stop.abort();
  expect(await created).toBe('stopped');
  expect(performance.now() - started).toBeLessThan(500);
});
