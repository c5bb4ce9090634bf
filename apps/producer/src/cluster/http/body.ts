import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import { messageOfError } from '@kubefigurator/daemon';

export interface BodyLimits {
  /** The largest size that is accepted: of `readBodyText` bytes of the body, of `readLines` characters of one line. */
  readonly limitBytes: number;
  /** The longest time without data, in milliseconds. */
  readonly idleMs: number;
  /** How long `readLines` waits before it reads more, in milliseconds; asked each time when nothing more has arrived. */
  readonly restMs?: () => number;
}

/** The body isn't complete: the connection was closed, reset or silent for too long, or the request was aborted. */
export class CutError extends Error {}

/** The body is larger than the limit. */
export class TooLargeError extends Error {}

/** The whole body as text; throws a `CutError` if it isn't complete, and a `TooLargeError` if it is too large. */
export async function readBodyText(body: Readable, limits: BodyLimits): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body, limits.idleMs)) {
    bytes += chunk.length;
    if (bytes > limits.limitBytes)
      throw new TooLargeError(`an answer of more than ${limits.limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The lines of a body as they arrive, without their newlines. Throws a `CutError` if the body ends within a line or
 * isn't complete, and a plain Error if a line is too long.
 */
export async function* readLines(body: Readable, limits: BodyLimits): AsyncGenerator<string> {
  const { restMs } = limits;
  const lines = createLines(limits);
  for await (const chunk of chunksOf(body, limits.idleMs)) {
    yield* lines.take(chunk);
    // The rest of a line is waited for as it comes.
    if (restMs !== undefined && lines.areWhole() && (await isEmpty(body)))
      await waitUnlessClosed(restMs(), body);
  }
  if (!lines.areWhole()) throw new CutError('the stream was cut in the middle of a line');
}

interface Lines {
  /** The lines that end in this chunk. Throws a plain Error if a line is too long. */
  readonly take: (chunk: Buffer) => Generator<string>;
  /** False if the last chunk ended within a line. */
  readonly areWhole: () => boolean;
}

function createLines(limits: BodyLimits): Lines {
  const decoder = new StringDecoder('utf8');
  /** The pieces of a line whose newline hasn't arrived yet, and their length in characters. */
  let parts: string[] = [];
  let length = 0;
  return {
    take: function* (chunk) {
      const pieces = decoder.write(chunk).split('\n');
      const rest = pieces.pop() ?? '';
      for (const piece of pieces) {
        if (length + piece.length > limits.limitBytes) throw tooLong(limits);
        yield parts.length === 0 ? piece : parts.join('') + piece;
        parts = [];
        length = 0;
      }
      if (rest !== '') parts.push(rest);
      length += rest.length;
      if (length > limits.limitBytes) throw tooLong(limits);
    },
    areWhole: () => length === 0,
  };
}

function tooLong({ limitBytes }: BodyLimits): Error {
  return new Error(`a line of more than ${limitBytes} characters`);
}

/** The chunks of a body; turns every error of the stream, also a silence of `idleMs`, into a `CutError`. */
async function* chunksOf(body: Readable, idleMs: number): AsyncGenerator<Buffer> {
  const endSilence = (): void =>
    void body.destroy(new Error(`nothing arrived for ${Math.round(idleMs / 1000)} s`));
  let timer = setTimeout(endSilence, idleMs);
  try {
    for await (const chunk of body) {
      clearTimeout(timer);
      yield chunk as Buffer;
      timer = setTimeout(endSilence, idleMs);
    }
  } catch (error) {
    const isReset = (error as NodeJS.ErrnoException).code === 'ECONNRESET';
    throw new CutError(isReset ? 'the connection was cut' : messageOfError(error), { cause: error });
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

/** What the kernel has for us arrives in one of the next rounds of the event loop. */
const ROUNDS = 3;

/** Whether nothing more has arrived. */
async function isEmpty(body: Readable): Promise<boolean> {
  for (let round = 0; round < ROUNDS && body.readableLength === 0; round += 1) await setImmediate();
  return body.readableLength === 0;
}

/** Waits for this time, or until the body is closed. */
async function waitUnlessClosed(ms: number, body: Readable): Promise<void> {
  if (ms <= 0 || body.destroyed) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      body.off('close', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    body.on('close', end);
  });
}
