import { describe, expect, it } from 'vitest';
import type { ServerChange } from './server-change.ts';
import type { ParsedText } from '../parse/config-text.ts';
import { parseConfigText } from '../parse/config-text.ts';
import { planApply } from './plan.ts';
import { deleteServerCommand, serverCommands } from './server-change.ts';
import { verifyServerPlaces, verifyServerChanges } from './server-verification.ts';
import { parseServersState } from './servers-state.ts';

const server = { name: 'n', address: '10.0.0.1', port: 30080, options: ['check', 'ssl', 'verify', 'none'] };
const add: ServerChange = { kind: 'server', action: 'add', backend: 'b', server };
const move: ServerChange = { kind: 'server', action: 'move', backend: 'b', server };
const remove = { kind: 'server', action: 'remove', backend: 'b', name: 'n' } as const;
const texts = (change: ServerChange): string[] => serverCommands(change).map((command) => command.text);

it('adds, moves and removes a server by the words of the management guide', () => {
  expect(texts(add)).toEqual([
    'add server b/n 10.0.0.1:30080 check ssl verify none',
    'enable health b/n',
    'enable server b/n',
  ]);
  expect(texts({ ...add, server: { ...server, address: '2001:db8::1', options: [] } })).toEqual([
    'add server b/n [2001:db8::1]:30080',
    'enable server b/n',
  ]);
  expect(texts(move)).toEqual(['set server b/n addr 10.0.0.1 port 30080']);
  expect(texts(remove)).toEqual(['set server b/n state maint']);
  expect(deleteServerCommand(remove).text).toBe('del server b/n');
});

it('never builds a command of anything but plain words', () => {
  for (const name of ['b;disable frontend a', 'a b\nc', 'a"b', 'a\\b', 'a<b']) {
    expect(() => serverCommands({ kind: 'server', action: 'remove', backend: 'b', name })).toThrow(
      'not a plain command',
    );
  }
});

describe('show servers state', () => {
  const heading =
    '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
  const row = (admin: number, port = 30080): string =>
    `4 b 1 n 10.0.0.1 2 ${admin} 1 1 5 6 3 4 6 0 0 0 - ${port} - 0 0 - - 0`;
  const answerOf = (...rows: string[]): string => `1\n${heading}\n${rows.join('\n')}\n\n`;
  const missingOf = (change: ServerChange, answer: string): string | undefined =>
    verifyServerChanges([change]).missing([answer]);

  it('is read by the names of its columns', () => {
    expect(parseServersState(`1\n${heading}\n${row(0)}\n`)).toEqual([
      { backend: 'b', name: 'n', address: '10.0.0.1', port: 30080, maintenance: false, drain: false },
    ]);
    expect(parseServersState(`1\n${heading}\n${row(9)}\n`)).toMatchObject([
      { maintenance: true, drain: true },
    ]);
    expect(parseServersState('Permission denied\n')).toBeUndefined();
  });

  it('proves a change or says what is missing', () => {
    expect(missingOf(add, answerOf(row(0)))).toBeUndefined();
    expect(missingOf(add, answerOf(row(1)))).toContain('maintenance');
    expect(missingOf(add, answerOf())).toContain('not there');
    expect(missingOf(move, answerOf(row(0, 1)))).toContain('instead of');
    expect(missingOf(move, answerOf(row(1)))).toBeUndefined();
    expect(missingOf(remove, answerOf())).toBeUndefined();
    expect(missingOf(remove, answerOf(row(1)))).toBeUndefined();
    expect(missingOf(remove, answerOf(row(0)))).toContain('still takes requests');
  });

  it('is asked for each changed backend, or once for all of them if there are many', () => {
    const removeFrom = (backend: string): ServerChange => ({ ...remove, backend });
    expect(verifyServerChanges([add, move, removeFrom('c')]).questions).toEqual([
      'show servers state b',
      'show servers state c',
    ]);
    const many = Array.from({ length: 21 }, (_, index) => removeFrom(`b${String(index)}`));
    expect(verifyServerChanges(many).questions).toEqual(['show servers state']);
    expect(missingOf(add, 'Permission denied\n')).toBe('"show servers state b": Permission denied');
  });

  describe('the places of all servers', () => {
    const text = parseConfigText(
      'backend b\n  server a 10.0.0.1:80\n  server v6 [2001:db8::1]:80\n  server name example.com:80\nfrontend f\n  bind :1\n',
    );
    const answer = (place: string): string =>
      `1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_port\n1 b 1 a ${place.replace(/:.*/, '')} 2 0 ${place.replace(/.*:/, '')}\n1 b 2 v6 2001:DB8::1 2 0 80\n`;

    it('are read back from HAProxy, and those elsewhere come with the change that puts them right', () => {
      const { questions, misplaced } = verifyServerPlaces(text);
      expect(questions).toEqual(['show servers state b']);
      expect(misplaced([answer('10.0.0.1:80')])).toEqual([]);
      expect(misplaced([answer('10.0.0.9:81')])).toEqual([
        { found: '10.0.0.9:81', move: expect.objectContaining({ action: 'move', backend: 'b' }) as unknown },
      ]);
      expect(misplaced(['No such backend'])).toBe('"show servers state b": No such backend');
    });

    it('are read only if the section is new or changed', () => {
      expect(verifyServerPlaces(text, text).questions).toEqual([]);
      expect(
        verifyServerPlaces(text, parseConfigText('backend b\n  server a 10.0.0.2:80\n')).questions,
      ).toEqual(['show servers state b']);
    });
  });
});

it('servers of a backend that ignores files of server states can be changed at run time', () => {
  const backend = (port: number): string =>
    `backend b\n  load-server-state-from-file none\n  balance roundrobin\n  server a 10.0.0.1:${String(port)}\n`;
  const parsed = (port: number): ParsedText => ({
    text: backend(port),
    config: parseConfigText(backend(port)),
  });
  expect(planApply(parsed(80), parsed(81), { runtime: true }).kind).toBe('runtime');
});
