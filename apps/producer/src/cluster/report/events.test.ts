import { Writable } from 'node:stream';
import type { Diagnostic } from '@kubefigurator/translator';
import { createLogger } from '@kubefigurator/daemon';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/api-error.ts';
import type { EventManifest } from '../event-access.ts';
import { createEvents, type EventResult, type Events } from './events.ts';

const FORBIDDEN = '403 we may not create events in namespace shop';

/** How the API server answers a request: it creates the Event, creates it without an answer, or refuses. */
type Answer = 'take' | 'lose' | ApiError;

let answers: Answer[];
let taken: EventManifest[];
let requests: number;
let results: EventResult[];
let warned: string[];
let stop: AbortController;

beforeEach(() => {
  answers = [];
  taken = [];
  requests = 0;
  results = [];
  warned = [];
  stop = new AbortController();
});

function producer(): Events {
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const { msg, reason = '' } = JSON.parse(chunk.toString()) as { msg: string; reason?: string };
      warned.push(`${msg} ${reason}`.trim());
      done();
    },
  });
  return createEvents({
    access: { uidOf: ({ name }) => `uid-of-${name}`, create },
    instance: 'here',
    log: createLogger({ level: 'warn', format: 'json', stream, journal: false }),
    onResult: (result) => results.push(result),
    signal: stop.signal,
    retry: { minMs: 1, maxMs: 2 },
  });
}

async function create(event: EventManifest): Promise<void> {
  requests += 1;
  await Promise.resolve();
  const answer = answers.shift() ?? 'take';
  if (answer instanceof ApiError) throw answer;
  if (taken.some(({ metadata }) => metadata.name === event.metadata.name))
    throw new ApiError(409, '409 already exists');
  taken.push(event);
  if (answer === 'lose') throw new Error('the connection was cut');
}

const wrong = (name: string, namespace = 'shop'): Diagnostic => ({
  code: 'invalid-value',
  severity: 'error',
  object: { kind: 'Service', namespace, name },
  message: 'wrong',
});
const named = (): string[] => taken.map(({ type, regarding }) => `${type} ${regarding.name}`);
const settled = (count: number): Promise<void> => vi.waitFor(() => expect(results).toHaveLength(count));

describe('the Events of a producer', () => {
  it('are one for each change', async () => {
    const events = producer();
    events.report([wrong('a')]);
    events.report([wrong('a')]);
    events.report([wrong('a'), wrong('b')]);
    events.report([wrong('b')]);
    await settled(3);
    expect(named()).toEqual(['Warning a', 'Warning b', 'Normal a']);
  });

  it('are not repeated by the next producer', async () => {
    producer().report([wrong('a')]);
    await settled(1);
    producer().report([wrong('a')]);
    await settled(2);
    expect(results).toEqual(['created', 'known']);
    expect(named()).toEqual(['Warning a']);
  });

  it('are created again for a mistake that is made again', async () => {
    const events = producer();
    for (const diagnostics of [[wrong('a')], [], [wrong('a')], []]) events.report(diagnostics);
    await settled(4);
    expect(named()).toEqual(['Warning a', 'Normal a', 'Warning a', 'Normal a']);
    producer().report([wrong('a')]);
    await settled(5);
    expect(results.at(-1)).toBe('known');
  });

  it('are tried again if the API server is away, and created only once if its answer is lost', async () => {
    answers = [new ApiError(503, '503 not now'), 'lose'];
    producer().report([wrong('a')]);
    await settled(1);
    expect(named()).toEqual(['Warning a']);
    expect({ requests, warned }).toEqual({ requests: 3, warned: [] });
  });

  it('are created only once if an answer is lost later, also for a diagnostic that comes again', async () => {
    const events = producer();
    events.report([]);
    answers = ['lose'];
    events.report([wrong('a')]);
    await settled(1);
    expect({ results, said: named() }).toEqual({ results: ['created'], said: ['Warning a'] });
    events.report([]);
    await settled(2);
    answers = [new ApiError(409, '409 already exists'), 'lose'];
    events.report([wrong('a')]);
    await settled(3);
    expect({ results, said: named() }).toEqual({
      results: ['created', 'created', 'created'],
      said: ['Warning a', 'Normal a', 'Warning a'],
    });
  });

  it('cause one warning if a right is missing, and are created after `repeat` if it is there then', async () => {
    answers = [new ApiError(403, FORBIDDEN), new ApiError(403, FORBIDDEN)];
    const events = producer();
    events.report([wrong('a'), wrong('b')]);
    await settled(2);
    expect({ requests, results }).toEqual({ requests: 2, results: ['failed', 'failed'] });
    expect(warned).toEqual([`event.failed ${FORBIDDEN}`]);
    events.report([wrong('a'), wrong('b')]);
    expect(requests).toBe(2);
    events.repeat();
    events.report([wrong('a'), wrong('b')]);
    await settled(4);
    expect(named()).toEqual(['Warning a', 'Warning b']);
  });

  it('cause no warning in a namespace that is being deleted', async () => {
    answers = [
      new ApiError(403, '403 unable to create new content in namespace shop because it is being terminated'),
      new ApiError(404, '404 namespaces "shop" not found'),
    ];
    producer().report([wrong('a'), wrong('b')]);
    await settled(2);
    expect(warned).toEqual([]);
  });

  it('are at most 50 a minute, with one warning for all others', async () => {
    producer().report(Array.from({ length: 60 }, (_, index) => wrong(`s${index}`, `n${index % 2}`)));
    await settled(60);
    expect(taken).toHaveLength(50);
    expect(results.filter((result) => result === 'limited')).toHaveLength(10);
    expect(warned).toEqual(['events.limited']);
  });

  it('are still created for others if one Service has hundreds of diagnostics again and again', async () => {
    const events = producer();
    const greedy = (round: number): Diagnostic[] =>
      Array.from({ length: 300 }, (_, index) => ({
        ...wrong('greedy'),
        port: `p${index}`,
        message: `${round}`,
      }));
    for (const round of [1, 2, 3]) events.report(greedy(round));
    events.report([...greedy(4), wrong('a'), wrong('b', 'blog')]);
    await settled(1202);
    expect(named().filter((name) => name === 'Warning greedy')).toHaveLength(10);
    expect(named()).toEqual(expect.arrayContaining(['Warning a', 'Warning b']));
    expect(warned).toEqual(['events.limited']);
  });

  it('are forgotten when the producer stops', async () => {
    const events = producer();
    events.report([wrong('a'), wrong('b')]);
    stop.abort();
    await new Promise(setImmediate);
    expect({ requests, results, warned }).toEqual({ requests: 1, results: [], warned: [] });
  });
});
