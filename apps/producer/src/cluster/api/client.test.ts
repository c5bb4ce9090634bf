import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { openApiClient } from './client.ts';
import { createSilentLog } from '../testing/captured-log.ts';
import { type Answer, refuse, type ScriptedApi, silence, startScriptedApi } from './testing/scripted-api.ts';

const EVENTS = '/apis/events.k8s.io/v1/namespaces/shop/events';

let api: ScriptedApi | undefined;
afterEach(() => api?.close());

async function create(answer: Answer, signal = new AbortController().signal): Promise<void> {
  api = await startScriptedApi({ lists: [answer], watches: [] });
  const client = await openApiClient({ kubeconfig: api.kubeconfig, env: {}, log: createSilentLog(), signal });
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
    'a right is missing',
    'events.events.k8s.io is forbidden: User "u" cannot create resource "events"',
    '403 we may not create events in namespace shop: grant create on events of the group events.k8s.io (events',
  ],
  ['a quota is used up', 'exceeded quota: few', '403 exceeded quota: few'],
])('says why the API server refuses to create an object: %s', async (_what, message, expected) => {
  await expect(create(refuse(403, message))).rejects.toThrow(expected);
});

it('runs a credential plugin again when its token is refused, once for all requests', async () => {
  const seen: (string | undefined)[] = [];
  const answer: Answer = (response) => {
    const { authorization } = response.req.headers;
    seen.push(authorization);
    // The answers come together, so that both requests have taken the first token.
    setTimeout(() => response.writeHead(authorization === 'Bearer 1' ? 401 : 201).end('{}'), 200);
  };
  api = await startScriptedApi({ lists: [answer], watches: [] });
  const config = JSON.parse(readFileSync(api.kubeconfig, 'utf8')) as { users: object[] };
  const runs = join(dirname(api.kubeconfig), 'runs');
  const credential = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"N"}}`;
  const script = `echo x >> ${runs}; echo '${credential}' | sed "s/N/$(wc -l < ${runs})/"`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  writeFileSync(api.kubeconfig, JSON.stringify({ ...config, users: [{ name: 'u', user: { exec } }] }));
  const { signal } = new AbortController();
  const client = await openApiClient({
    ...{ kubeconfig: api.kubeconfig, env: { PATH: '/usr/bin:/bin' }, log: createSilentLog(), signal },
  });
  const create = (): Promise<void> => client.create(EVENTS, {}, signal);
  expect((await Promise.allSettled([create(), create()])).map(({ status }) => status)).toEqual([
    ...['rejected', 'rejected'],
  ]);
  await Promise.all([create(), create()]);
  expect(seen).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 2', 'Bearer 2']);
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
