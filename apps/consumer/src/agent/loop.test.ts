import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@kubefigurator/daemon';
import { createLogger } from '@kubefigurator/daemon';
import { captureIo, captureStream, until } from '@kubefigurator/daemon/testing';
import type { Reading } from '@kubefigurator/etcd-store';
import { afterEach, expect, it } from 'vitest';
import { createConsumerMetrics } from '../metrics.ts';
import type { BareHost } from '../testing/bare-host.ts';
import type { Host } from '../host/host.ts';
import { hashText } from '../host/release-hash.ts';
import { openBareHost } from '../testing/bare-host.ts';
import { createLateness } from './lateness.ts';
import type { AgentLoop, Knowledge } from './loop.ts';
import { startAgentLoop } from './loop.ts';

const TEXT =
  '# header\nfrontend a\n  bind 127.0.0.1:0\n  default_backend a\nbackend a\n  server x 10.0.0.1:80\n';
const published = (revision: string): Reading => ({
  kind: 'published',
  published: { revision, text: TEXT, bytes: TEXT.length },
});

interface Agent extends BareHost {
  readonly agent: AgentLoop;
  readonly knowledge: Knowledge;
  readonly metrics: () => Promise<string>;
  readonly lines: () => { readonly msg: string; readonly level: string }[];
}

let stop = new AbortController();
afterEach(() => stop.abort());

async function start(prepare: (host: Host) => void = () => undefined): Promise<Agent> {
  const { stream, text } = captureStream();
  const log: Logger = createLogger({ level: 'debug', format: 'json', stream, journal: false });
  const bare = await openBareHost(log);
  prepare(bare.host);
  const { io, stop: abort } = captureIo();
  stop = abort;
  const knowledge: Knowledge = { reading: undefined };
  const metrics = createConsumerMetrics({ silenceSeconds: () => 0, blindSeconds: () => 0 });
  const policy = {
    file: bare.host.live.path,
    onDrift: 'repair',
    strict: false,
    method: 'reload',
    reloads: { burst: 3, intervalMs: 2_000 },
    jitterMs: 0,
  } as const;
  const agent = startAgentLoop({
    io,
    log,
    host: bare.host,
    policy,
    knowledge,
    metrics,
    lateness: createLateness({ log, signal: io.signal, onChange: () => undefined }),
    onChange: () => undefined,
  });
  const lines = (): { msg: string; level: string }[] =>
    text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; level: string });
  return { ...bare, agent, knowledge, metrics: () => metrics.registry.text(), lines };
}

const kindOf = ({ agent }: Agent): string | undefined => agent.news()?.outcome.kind;

it('puts the text in place for a HAProxy that isn’t running, and says so', async () => {
  const started = await start();
  started.knowledge.reading = published('7');
  started.agent.loop.trigger('etcd');
  await until('the file is in place', () => kindOf(started) === 'not-running');
  expect(readFileSync(started.host.live.path, 'utf8')).toBe(TEXT);
});

it('a pass that throws is an outcome: not in sync, tried again, and over once its cause is gone', async () => {
  const started = await start();
  const { agent, knowledge, host } = started;
  knowledge.reading = published('7');
  agent.loop.trigger('etcd');
  await until('the file is in place', () => kindOf(started) === 'not-running');
  rmSync(host.live.path);
  // A folder can't be read as a file, not even by root.
  mkdirSync(host.live.path);
  agent.loop.trigger('etcd');
  await until('the pass failed', () => kindOf(started) === 'failed');
  expect(agent.news()).toMatchObject({
    revision: '7',
    outcome: { kind: 'failed', stage: 'pass', restored: true },
  });
  expect(await started.metrics()).toContain('kubefigurator_consumer_in_sync 0');
  expect(started.lines().filter(({ msg }) => msg === 'apply.failed')).toMatchObject([{ level: 'error' }]);
  rmSync(host.live.path, { recursive: true });
  await until('it was tried again', () => kindOf(started) === 'not-running');
  expect(readFileSync(host.live.path, 'utf8')).toBe(TEXT);
});

it('a first pass that throws before etcd has answered is an outcome, too', async () => {
  const started = await start();
  mkdirSync(started.host.live.path);
  started.agent.loop.trigger('look');
  await until('the pass failed', () => kindOf(started) === 'failed');
  expect(started.agent.news()?.revision).toBeUndefined();
});

it('does not read a text again that ended the agent before, until SIGHUP', async () => {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const started = await start((host) =>
    writeFileSync(join(host.state.path, 'reading.json'), JSON.stringify({ hash: hashText(TEXT), bootId })),
  );
  const { agent, knowledge, host } = started;
  knowledge.reading = published('7');
  agent.loop.trigger('etcd');
  await until('the text is refused', () => kindOf(started) === 'rejected');
  expect(JSON.stringify(agent.news()?.outcome)).toContain('the agent ended while it read this text');
  expect(started.lines().filter(({ msg }) => msg === 'text.suspected')).toMatchObject([{ level: 'error' }]);
  agent.loop.trigger('etcd');
  await until('the pass is over', () => agent.loop.status().runningSince === undefined);
  expect(kindOf(started)).toBe('rejected');
  agent.loop.trigger('signal');
  await until('it was tried', () => kindOf(started) === 'not-running');
  expect(readFileSync(host.live.path, 'utf8')).toBe(TEXT);
  expect(existsSync(join(host.state.path, 'reading.json'))).toBe(false);
});

it('reads another text after one that ended the agent', async () => {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const started = await start((host) =>
    writeFileSync(join(host.state.path, 'reading.json'), JSON.stringify({ hash: hashText('x'), bootId })),
  );
  started.knowledge.reading = published('8');
  started.agent.loop.trigger('etcd');
  await until('the file is in place', () => kindOf(started) === 'not-running');
});
