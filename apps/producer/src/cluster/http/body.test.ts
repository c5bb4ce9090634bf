import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readLines } from './body.ts';

async function linesOf(...chunks: readonly string[]): Promise<readonly string[]> {
  const body = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const lines: string[] = [];
  for await (const line of readLines(body, { limitBytes: 5, idleMs: 1_000 })) lines.push(line);
  return lines;
}

it('gives lines as long as the limit, however they are cut into chunks', async () => {
  expect(await linesOf('12345\n1', '23', '45\n\n')).toEqual(['12345', '12345', '']);
});

it.each([
  ['that ends within one chunk', ['123456\n']],
  ['that begins in the chunk before', ['1234', '56\n']],
  ['that has no end yet', ['123456']],
])('refuses a longer line, also one %s', async (_, chunks) => {
  await expect(linesOf(...chunks)).rejects.toThrow('a line of more than 5 characters');
});
