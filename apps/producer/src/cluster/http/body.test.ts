import { PassThrough, Readable } from 'node:stream';
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

it('rests only when nothing more has arrived, and gives what arrives meanwhile at once', async () => {
  const body = new PassThrough();
  const lines: string[] = [];
  const restMs = (): number => {
    if (lines.length > 1) return 0;
    setTimeout(() => body.write('b\nc\n'), 10);
    setTimeout(() => body.end('d\n'), 20);
    return 200;
  };
  body.write('a\n');
  const began = performance.now();
  for await (const line of readLines(body, { limitBytes: 5, idleMs: 10, restMs })) {
    lines.push(line);
    if (line === 'b') expect(performance.now() - began).toBeGreaterThan(190);
  }
  expect(lines).toEqual(['a', 'b', 'c', 'd']);
});

it('ends a rest when the body is destroyed', async () => {
  const body = new PassThrough();
  body.write('a\n');
  const restMs = (): number => {
    setTimeout(() => body.destroy(new Error('gone')), 10);
    return 60_000;
  };
  const read = (async (): Promise<void> => {
    for await (const line of readLines(body, { limitBytes: 5, idleMs: 10, restMs })) expect(line).toBe('a');
  })();
  await expect(read).rejects.toThrow('gone');
});

it('doesn’t rest in the middle of a line', async () => {
  const body = new PassThrough();
  const rests: string[] = [];
  const lines: string[] = [];
  const restMs = (): number => {
    rests.push(lines.join());
    return 0;
  };
  body.write('a\nb');
  setTimeout(() => body.end('c\n'), 20);
  for await (const line of readLines(body, { limitBytes: 5, idleMs: 1_000, restMs })) lines.push(line);
  expect([lines, rests]).toEqual([['a', 'bc'], ['a,bc']]);
});
