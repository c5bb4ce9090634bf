import { describe, expect, it } from 'vitest';
import { deleteCommand, missingOf, parseServersState, runtimeCommands } from './runtime-commands.ts';
import type { ServerChange } from './servers.ts';

const server = { name: 'n', address: '10.0.0.1', port: 30080, options: ['check', 'ssl', 'verify', 'none'] };
const add: ServerChange = { kind: 'add', backend: 'b', server };
const move: ServerChange = { kind: 'move', backend: 'b', server };
const remove = { kind: 'remove', backend: 'b', name: 'n' } as const;
const texts = (change: ServerChange): string[] => runtimeCommands(change).map((command) => command.text);

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
  expect(deleteCommand(remove).text).toBe('del server b/n');
});

it('never builds a command of anything but plain words', () => {
  for (const name of ['b;disable frontend a', 'a b\nc', 'a"b', 'a\\b', 'a<b']) {
    expect(() => runtimeCommands({ kind: 'remove', backend: 'b', name })).toThrow('not a plain command');
  }
});

describe('show servers state', () => {
  const heading =
    '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
  const row = (admin: number, port = 30080): string =>
    `4 b 1 n 10.0.0.1 2 ${admin} 1 1 5 6 3 4 6 0 0 0 - ${port} - 0 0 - - 0`;
  const shown = (...rows: string[]): Map<string, never> =>
    new Map(
      (parseServersState(`1\n${heading}\n${rows.join('\n')}\n\n`) ?? []).map((each) => [
        `${each.backend}/${each.name}`,
        each as never,
      ]),
    );

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
    expect(missingOf(add, shown(row(0)))).toBeUndefined();
    expect(missingOf(add, shown(row(1)))).toContain('maintenance');
    expect(missingOf(add, shown())).toContain('not there');
    expect(missingOf(move, shown(row(0, 1)))).toContain('instead of');
    expect(missingOf(move, shown(row(1)))).toBeUndefined();
    expect(missingOf(remove, shown())).toBeUndefined();
    expect(missingOf(remove, shown(row(1)))).toBeUndefined();
    expect(missingOf(remove, shown(row(0)))).toContain('still takes requests');
  });
});
