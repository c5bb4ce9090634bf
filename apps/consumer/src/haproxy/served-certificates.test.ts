import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renewCertificate, showCertificates } from './served-certificates.ts';

const NAME = '/ssl/a.pem';
const PRINT = '8A6DE17F8127855CF9FC1D9E41357A911FB2E02E';
const CHANGE = { name: NAME, fingerprint: PRINT, chain: 0 };
const KEY = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
const PAYLOAD = `-----BEGIN PRIVATE KEY-----\n${KEY}\n-----END PRIVATE KEY-----`;
const SHOWN = `Filename: ${NAME}\nnotAfter: Dec  2 03:44:25 2026 GMT\nSHA1 FingerPrint: ${PRINT}\n\n`;

let folder: string;
let socket: string;
let server: Server;
let asked: string[];
/**
 * By the beginning of a command, the answers in turn, of which the last is repeated. If several beginnings fit, the first
 * one counts.
 */
let answers: Record<string, string[]>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-socket-'));
  socket = join(folder, 'admin.sock');
  asked = [];
  answers = {
    'show ssl cert /': [SHOWN],
    'show ssl cert': [`# filename\n${NAME}\n\n`],
    set: [`Transaction created for certificate ${NAME}!\n\n`],
    commit: [`Committing ${NAME}.\nSuccess!\n\n`],
    abort: [`Transaction aborted for certificate '${NAME}'!\n\n`],
  };
  server = createServer({ allowHalfOpen: true }, (connection) => {
    let command = '';
    connection.on('data', (chunk) => (command += String(chunk)));
    connection.on('end', () => {
      asked.push(command.split('\n')[0] ?? '');
      const given = Object.entries(answers).find(([start]) => command.startsWith(start))?.[1] ?? [''];
      connection.end((given.length > 1 ? given.shift() : given[0]) ?? '');
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** A fake HAProxy: a real one doesn't answer wrongly on demand. */
describe('a renewal with a fake HAProxy', () => {
  it('looks for an open transaction, sets, commits and reads back', async () => {
    expect(await renewCertificate(socket, CHANGE, PAYLOAD)).toMatchObject({
      kind: 'renewed',
      served: { name: NAME },
    });
    expect(asked).toEqual([
      'show ssl cert',
      `set ssl cert ${NAME} <<`,
      `commit ssl cert ${NAME}`,
      `show ssl cert ${NAME}`,
    ]);
  });

  it.each([
    ['an answer about another certificate', { set: 'Transaction created for certificate /ssl/b.pem!\n\n' }],
    ['no answer', { set: '' }],
    ['a refusal', { set: `unable to load\nCan't update ${NAME}!\n\n` }],
    ['a commit that fails', { commit: `Committing ${NAME}\nFailed!\n\n` }],
    ['what may be a piece of the key', { set: `Unknown command: '${KEY}'\n${KEY}\n\n` }],
  ])('aborts after %s, and says nothing of the key', async (_what, wrong) => {
    for (const [command, answer] of Object.entries(wrong)) answers[command] = [answer];
    const result = await renewCertificate(socket, CHANGE, PAYLOAD);
    expect(result).toEqual({ kind: 'failed', reason: expect.stringContaining('ssl cert') });
    expect(JSON.stringify(result)).not.toMatch(/PRIVATE|MIGH/);
    expect(asked.at(-1)).toBe(`abort ssl cert ${NAME}`);
  });

  it('aborts the transaction of somebody else that 2.6 has put the content into', async () => {
    answers['set'] = ['Transaction updated for certificate /ssl/b.pem!\n\n'];
    expect(await renewCertificate(socket, CHANGE, PAYLOAD)).toMatchObject({ kind: 'failed' });
    expect(asked.slice(2)).toEqual(['abort ssl cert /ssl/b.pem', `abort ssl cert ${NAME}`]);
  });

  it('fails if HAProxy shows another certificate afterwards', async () => {
    answers['show ssl cert /'] = [SHOWN.replace(PRINT, 'A'.repeat(40))];
    expect(await renewCertificate(socket, CHANGE, PAYLOAD)).toMatchObject({ kind: 'failed' });
  });

  it('ends its own transaction that was left behind at once, and waits a while for that of somebody else', async () => {
    const open = (name: string): string => `# transaction\n*${name}\n# filename\n${NAME}\n\n`;
    answers['show ssl cert'] = [open(NAME), `# filename\n${NAME}\n\n`];
    expect(await renewCertificate(socket, CHANGE, PAYLOAD)).toMatchObject({ kind: 'renewed' });
    expect(asked[1]).toBe(`abort ssl cert ${NAME}`);
    asked = [];
    answers['show ssl cert'] = [open('/ssl/b.pem'), open('/ssl/b.pem'), `# filename\n${NAME}\n\n`];
    expect(await renewCertificate(socket, CHANGE, PAYLOAD)).toMatchObject({ kind: 'renewed' });
    expect(asked.filter((command) => command.startsWith('abort'))).toEqual([]);
  });
});

it('many certificates are asked for in a few lines, and no answer at all is an error', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `/ssl/${String(index)}.example.com.pem`);
  await showCertificates(socket, [NAME, ...names]);
  expect(asked.length).toBeLessThan(5);
  answers['show ssl cert /'] = [''];
  await expect(showCertificates(socket, [NAME])).rejects.toThrow('no answer');
});
