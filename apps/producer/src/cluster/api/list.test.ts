import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import type { ApiClient } from './client.ts';
import { listCollection } from './list.ts';

const MEGABYTE = 1024 * 1024;

/** A fake of an API server with objects of these sizes, since a real one takes minutes to be filled with so much. */
function createFakeServer(sizes: readonly number[]): {
  readonly client: ApiClient;
  readonly asked: { readonly limit: number; readonly bytes: number }[];
} {
  const asked: { limit: number; bytes: number }[] = [];
  const client = {
    server: 'https://api.example.com',
    get: (path: string) => {
      const query = new URL(path, 'https://api.example.com').searchParams;
      const [limit, from] = [Number(query.get('limit')), Number(query.get('continue') ?? 0)];
      const until = limit === 0 ? sizes.length : Math.min(sizes.length, from + limit);
      const page = sizes.slice(from, until);
      asked.push({ limit, bytes: page.reduce((sum, size) => sum + size, 0) });
      const next = until < sizes.length ? `,"continue":"${String(until)}"` : '';
      const items = page.map((size, index) => `{"id":${String(from + index)},"text":"${'x'.repeat(size)}"}`);
      return Promise.resolve(
        Readable.from([
          Buffer.from(`{"metadata":{"resourceVersion":"7"${next}},"items":[`),
          ...items.map((item, index) => Buffer.from(index === 0 ? item : `,${item}`)),
          Buffer.from(']}'),
        ]),
      );
    },
  };
  return { client: client as unknown as ApiClient, asked };
}

const SERVICES = { path: '/api/v1/services', label: 'services' };

async function listOf(client: ApiClient, collection = { ...SERVICES }): Promise<number[]> {
  const ids: number[] = [];
  const taker = {
    take: (object: unknown) => ids.push((object as { readonly id: number }).id),
    restart: () => undefined,
  };
  expect(await listCollection(client, collection, taker as never, new AbortController().signal)).toBe('7');
  return ids;
}

it('asks for pages of 500 objects', async () => {
  const { client, asked } = createFakeServer(new Array<number>(1_200).fill(100));
  expect(await listOf(client)).toEqual(Array.from({ length: 1_200 }, (_, id) => id));
  expect(asked.map(({ limit }) => limit)).toEqual([500, 500, 500]);
});

it('asks for fewer objects if a page is large, so that large Services of one tenant take no memory', async () => {
  const sizes = [...new Array<number>(600).fill(100), ...new Array<number>(40).fill(MEGABYTE), 100, 100];
  const { client, asked } = createFakeServer(sizes);
  expect(await listOf(client)).toEqual(Array.from({ length: 642 }, (_, id) => id));
  const taken = asked.filter(({ bytes }) => bytes <= 16 * MEGABYTE);
  expect(taken.length).toBeGreaterThan(5);
  expect(asked.length).toBeLessThan(20);
});

it('takes an object of any size by itself', async () => {
  const { client } = createFakeServer([100, 17 * MEGABYTE, 100]);
  expect(await listOf(client)).toEqual([0, 1, 2]);
});

it('asks for fewer objects after a list that failed, such as one that the server could not begin in time', async () => {
  const { client, asked } = createFakeServer(new Array<number>(300).fill(100));
  const slow = {
    ...client,
    get: (path: string, ...rest: readonly unknown[]) =>
      Number(new URL(path, 'https://api.example.com').searchParams.get('limit')) > 100
        ? Promise.reject(new Error('no answer within 10 s'))
        : (client.get as (...all: readonly unknown[]) => unknown)(path, ...rest),
  } as unknown as ApiClient;
  const collection = { ...SERVICES };
  await expect(listOf(slow, collection)).rejects.toThrow('no answer');
  await expect(listOf(slow, collection)).rejects.toThrow('no answer');
  expect(asked).toEqual([]);
  // It grows again once a page has come.
  expect(await listOf(client, collection)).toHaveLength(300);
  expect(asked.map(({ limit }) => limit)).toEqual([32, 500]);
});

it('asks an empty collection for no fewer objects the next time', async () => {
  const { client, asked } = createFakeServer([]);
  const collection = { ...SERVICES };
  expect([await listOf(client, collection), await listOf(client, collection)]).toEqual([[], []]);
  expect(asked.map(({ limit }) => limit)).toEqual([500, 500]);
});
