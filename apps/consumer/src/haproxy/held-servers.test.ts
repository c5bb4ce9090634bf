import { expect, it } from 'vitest';
import { parseHeldServer } from './held-servers.ts';

const row = (admin: number): string =>
  `3 shop 2 worker-a 127.0.0.1 2 ${admin} 1 1 2 1 0 0 8 0 0 0 - 30000 - 0 0 - - 0`;

it.each([
  [0x00, undefined],
  [0x01, 'maint'],
  [0x08, 'drain'],
  [0x09, 'maint'],
  // The config says `disabled`, and what tracks such a server.
  [0x05, undefined],
  [0x02, undefined],
  // A name that can't be resolved.
  [0x20, undefined],
])('srv_admin_state %i is %s', (admin, state) => {
  expect(parseHeldServer(row(admin))?.state).toBe(state);
});

it.each(['', '1', '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight'])(
  'sees no server in "%s"',
  (line) => {
    expect(parseHeldServer(line)).toBeUndefined();
  },
);
