import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { askSocket } from '../haproxy/haproxy-socket.ts';
import type { Bench, Finding } from './check.ts';
import { badEnd, foreignAccesses, withoutRefused, writeTexts } from './check.ts';
import { otherPatterns } from './probes.ts';
import { runTraced } from './programs.ts';
import { onlyIn, plain, readingOf } from './reading.ts';
import type { FuzzText } from './texts.ts';
import { textOf } from './texts.ts';

const START_LIMIT_MS = 15_000;
const ANSWER_LIMIT_MS = 400;
/** The type of a row of `show stat` (management guide). */
const SOCKET_ROW = '3';

/**
 * Starts HAProxy with valid texts, sends requests, and compares what it has with what the gate reads. Texts that
 * HAProxy checks without complaint and doesn't start with, such as those with an address of another host, are left out.
 */
export async function runTexts(bench: Bench, texts: readonly FuzzText[]): Promise<readonly Finding[]> {
  for (let left = texts; left.length > 0;) {
    const started = await start(bench, left);
    if (started.findings !== undefined) return started.findings;
    const fewer = withoutRefused(bench, left, started.stderr);
    if (fewer.length === left.length && textsLength(fewer) === textsLength(left))
      return [{ kind: 'end', detail: `valid, but doesn't start: ${started.stderr.slice(-400)}` }];
    left = fewer;
  }
  return [];
}

function textsLength(texts: readonly FuzzText[]): number {
  return texts.reduce((sum, { lines }) => sum + lines.length, 0);
}

/** Runs HAProxy once; `findings` is undefined if HAProxy ended by itself with an error. */
async function start(
  bench: Bench,
  texts: readonly FuzzText[],
): Promise<{ readonly findings: readonly Finding[] | undefined; readonly stderr: string }> {
  const before = listeners();
  const ran = runTraced(
    bench.haproxy,
    bench.laboratory,
    [...writeTexts(bench, texts), '-db'],
    START_LIMIT_MS * 2,
  );
  let hasEnded = false;
  const ending = ran.finally(() => (hasEnded = true));
  const compared = await whileItRuns(bench, texts, before, () => hasEnded).catch((error: unknown) => error);
  const result = await ending;
  const { end, stderr } = result;
  // The harness ends it with SIGTERM.
  const crashed = end === 'SIGTERM' ? [] : badEnd(result);
  if (crashed.length === 0 && !Array.isArray(compared)) {
    if (typeof end === 'number' && end !== 0) return { findings: undefined, stderr };
    throw compared;
  }
  const findings = Array.isArray(compared) ? (compared as readonly Finding[]) : [];
  return { findings: [...findings, ...crashed, ...foreignAccesses(bench, result.accesses)], stderr };
}

async function whileItRuns(
  { laboratory }: Bench,
  texts: readonly FuzzText[],
  before: ReadonlySet<string>,
  hasEnded: () => boolean,
): Promise<readonly Finding[]> {
  const { socket, base } = laboratory;
  const ask = (command: string): Promise<string> => askSocket(socket, command);
  const pid = await untilItAnswers(ask, hasEnded);
  try {
    const reading = readingOf([readFileSync(base, 'utf8'), ...texts.map(textOf)]);
    const now = new Set(onlyIn(listeners(), before));
    const stat = statRows(await ask('show stat'));
    const servers = serverRows(await ask('show servers state'));
    const findings = [
      ...differences('stat', stat, reading.stat, reading.optional),
      ...onlyIn(reading.servers, servers).map(
        (row) => ({ kind: 'servers', detail: `lacks ${row}` }) as const,
      ),
      ...differences('sockets', now, reading.sockets, reading.optionalSockets),
      ...(await otherPatterns(texts, ask)),
    ];
    await Promise.all([...now].map((row) => request(row)));
    return findings;
  } finally {
    if (!hasEnded()) process.kill(pid, 'SIGTERM');
  }
}

/** The process's own number in this namespace, once it answers. */
async function untilItAnswers(
  ask: (command: string) => Promise<string>,
  hasEnded: () => boolean,
): Promise<number> {
  const limit = performance.now() + START_LIMIT_MS;
  for (;;) {
    const info = await ask('show info').catch(() => '');
    const pid = Number(/^Pid: (\d+)/m.exec(info)?.[1] ?? 0);
    if (pid > 0) return pid;
    if (hasEnded() || performance.now() > limit) throw new Error('HAProxy answers nothing');
    await delay(20);
  }
}

function differences(
  kind: 'stat' | 'sockets',
  actual: ReadonlySet<string>,
  read: ReadonlySet<string>,
  optional: ReadonlySet<string>,
): Finding[] {
  const more = onlyIn(actual, read).map((row) => `HAProxy has ${row}, which the gate doesn't read`);
  const less = onlyIn(read, actual)
    .filter((row) => !optional.has(row))
    .map((row) => `the gate reads ${row}, which HAProxy doesn't have`);
  return [...more, ...less].map((detail) => ({ kind, detail }));
}

/** The rows of frontends, backends and servers, but not those of sockets (`option socket-stats`). */
function statRows(csv: string): ReadonlySet<string> {
  const [header = '', ...rows] = csv.split('\n').filter(Boolean);
  const type = header.split(',').indexOf('type');
  const cells = rows.map((row) => row.split(',')).filter((row) => row[type] !== SOCKET_ROW);
  return new Set(cells.map((row) => row.slice(0, 2).join(',')));
}

function serverRows(shown: string): ReadonlySet<string> {
  const [, header = '', ...rows] = shown.split('\n');
  const names = header.replace(/^# /, '').split(' ');
  const columns = ['be_name', 'srv_name', 'srv_addr', 'srv_port'].map((name) => names.indexOf(name));
  return new Set(
    rows.filter(Boolean).map((row) => {
      const cells = row.split(' ');
      const [proxy = '', name = '', address = '', port = ''] = columns.map((at) => cells[at] ?? '');
      return `${proxy} ${name} ${plain(address)} ${port}`;
    }),
  );
}

/** Every TCP socket that listens in this network namespace, `address port`. */
function listeners(): ReadonlySet<string> {
  return new Set(['tcp', 'tcp6'].flatMap((family) => listening(readFileSync(`/proc/net/${family}`, 'utf8'))));
}

function listening(table: string): string[] {
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => cells[3] === '0A')
    .map((cells) => {
      const [address = '', port = ''] = (cells[1] ?? '').split(':');
      return `${addressOf(address)} ${String(Number.parseInt(port, 16))}`;
    });
}

/** The kernel prints each four bytes of an address as a number of the machine, which is little-endian. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((group) => (group.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  return plain((bytes.join('').match(/.{4}/g) ?? []).join(':'));
}

const REQUEST = 'GET /a HTTP/1.1\r\nHost: a.example.com\r\nX-Kind: web\r\nConnection: close\r\n\r\n';

/** Sends a request to a socket and waits for its end, or a moment. */
function request(row: string): Promise<void> {
  const [host = '', port = ''] = row.split(' ');
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return new Promise((resolve) => {
    const socket = connect({ host: target, port: Number(port), timeout: ANSWER_LIMIT_MS });
    const done = (): void => {
      socket.destroy();
      resolve();
    };
    socket
      .on('timeout', done)
      .on('error', done)
      .on('close', done)
      .on('data', () => undefined);
    socket.write(REQUEST);
  });
}
