import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessId } from '@kubefigurator/rollout';
import type { ServerRemoval } from '@kubefigurator/haproxy-config';
import { afterEach, expect, it, vi } from 'vitest';
import { identifyOwnProcess } from '../host/processes.ts';
import { createPendingDeletions } from './pending-deletions.ts';

const removal: ServerRemoval = { kind: 'server', action: 'remove', backend: 'b', name: 'n' };
const EVERY_MS = 20;

let stop = new AbortController();
let server: Server | undefined;
afterEach(() => {
  stop.abort();
  stop = new AbortController();
  server?.close();
});

/** A runtime socket: `answer` gives what it says to a command, undefined for closing the connection in silence. */
async function listen(answer: (command: string) => string | undefined): Promise<string> {
  const path = join(mkdtempSync(join(tmpdir(), 'kubefigurator-pending-')), 'haproxy.sock');
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      const text = answer(String(data).trim());
      if (text === undefined) socket.destroy();
      else socket.end(text);
    });
  });
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  return path;
}

async function self(): Promise<ProcessId> {
  const found = await identifyOwnProcess();
  if (found === undefined) throw new Error('there is no /proc');
  return found;
}

it('a server is deleted although the worker once did not answer', async () => {
  const worker = await self();
  const commands: string[] = [];
  const socket = await listen((command) => {
    commands.push(command);
    // HAProxy's answers come late or not at all while it reloads or has no connection free (maxconn of the socket).
    if (commands.length === 1) return undefined;
    return command === 'show info' ? `Pid: ${String(worker.pid)}\n` : 'Server deleted.\n';
  });
  createPendingDeletions(socket, { signal: stop.signal, everyMs: EVERY_MS }).add([removal], worker);
  await vi.waitFor(() => expect(commands).toEqual(['show info', 'show info', 'del server b/n']));
});

it('a server with connections is tried again until it is gone', async () => {
  const worker = await self();
  const answers = ['Server still has connections attached to it, cannot remove it.\n', 'Server deleted.\n'];
  const socket = await listen((command) =>
    command === 'show info' ? `Pid: ${String(worker.pid)}\n` : answers.shift(),
  );
  createPendingDeletions(socket, { signal: stop.signal, everyMs: EVERY_MS }).add([removal], worker);
  await vi.waitFor(() => expect(answers).toEqual([]));
});

it('what waits is forgotten once another worker answers', async () => {
  const worker = await self();
  await expectForgotten(worker, `Pid: ${String(worker.pid + 1)}\n`);
});

it('what waits is forgotten once the worker has ended', async () => {
  const worker = await self();
  await expectForgotten({ ...worker, startTicks: worker.startTicks + 1 }, undefined);
});

/** Expects that after this answer to `show info` only a later removal is tried. */
async function expectForgotten(owner: ProcessId, answer: string | undefined): Promise<void> {
  const commands: string[] = [];
  const socket = await listen((command) => {
    commands.push(command);
    if (commands.length === 1) return answer;
    return command === 'show info' ? `Pid: ${String(owner.pid)}\n` : 'Server deleted.\n';
  });
  const pending = createPendingDeletions(socket, { signal: stop.signal, everyMs: EVERY_MS });
  pending.add([removal], owner);
  await vi.waitFor(() => expect(commands).toEqual(['show info']));
  pending.add([{ ...removal, name: 'later' }], owner);
  await vi.waitFor(() => expect(commands.length).toBe(3));
  expect(commands).toEqual(['show info', 'show info', 'del server b/later']);
}
