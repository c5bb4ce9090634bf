import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { countersOf } from '../support/fleet/counters.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { serversIn, serversOf } from '../support/fleet/servers-state.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import type { SocketTap, Verdict } from './support/socket-tap.ts';
import { tapSocket } from './support/socket-tap.ts';

const RUNTIME_SOCKET = '--haproxy-runtime-socket=';

/** If HAProxy's servers or its answers aren't as expected, one reload restores a known state. */
onEachHaproxy('a change at run time', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let tap: SocketTap;
  let base: string;
  let judge: (command: string) => Verdict = () => 'pass';
  /** The initial text with other lines for some servers of `shop`; an empty line removes the server. */
  const withServers = (lines: Readonly<Record<string, string>>): string =>
    Object.entries(lines).reduce(
      (text, [name, line]) => text.replace(new RegExp(`  server ${name} .*\n`), line),
      base,
    );
  const MOVED = { 'worker-a': '  server worker-a 10.99.1.9:30001 check\n' };
  const ADDED = '  server worker-d 10.99.1.9:30001 check\n';
  const withAdded = (): string => base.replace(/( {2}server worker-b .*\n)/, `$1${ADDED}`);

  /** Publishes a text and returns the events up to `apply.applied`. */
  async function applied(text: string): Promise<readonly LogEvent[]> {
    const after = logEvents(host.consumer()).length;
    await fleet.etcd.put(text);
    await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.applied', { after });
    await host.waitUntilReady();
    return logEvents(host.consumer()).slice(after);
  }
  /** Expects that the text is applied by a reload, after a logged reason why not at run time. */
  async function expectReload(text: string, reason: RegExp): Promise<void> {
    const before = await countersOf(host);
    const events = await applied(text);
    expect(events.find(({ msg }) => msg === 'runtime-update.failed')).toMatchObject({
      reason: expect.stringMatching(reason) as string,
    });
    expect(events.find(({ msg }) => msg === 'apply.applied')).toMatchObject({
      method: 'reload',
      leftOut: [],
    });
    expect((await countersOf(host)).reloads).toBe(before.reloads + 1);
    expect(host.dynamicConfig()).toBe(text);
    expect(await serversOf(host)).toEqual(serversIn(text));
  }
  async function runtime(...commands: readonly string[]): Promise<void> {
    for (const command of commands) await host.runtime(command);
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], consumers: false });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001);
    base = handWrittenText(fleet.nodes.list(), [{ service: 'shop', bind: '*:80', nodePort: 30001 }]).replace(
      '  option redispatch',
      '  balance roundrobin\n  option redispatch',
    );
    const socket = host.consumerFlags.find((flag) => flag.startsWith(RUNTIME_SOCKET)) ?? '';
    tap = await tapSocket(socket.slice(RUNTIME_SOCKET.length), (command) => judge(command));
    host.startConsumer(`${RUNTIME_SOCKET}${tap.path}`, '--reload-burst=1000', '--reload-jitter=0ms');
    await fleet.etcd.put(base);
    await host.waitUntilReady();
  });
  afterAll(async () => {
    tap.close();
    await fleet.close();
  });
  beforeEach(async () => {
    judge = () => 'pass';
    if ((await fleet.etcd.get()) !== base) await applied(base);
    expect(await serversOf(host)).toEqual(serversIn(base));
  });

  it('of a server that somebody deleted by hand', async () => {
    await runtime('set server shop/worker-a state maint', 'del server shop/worker-a');
    expect(await serversOf(host)).toHaveLength(1);
    await expectReload(withServers(MOVED), /^"set server shop\/worker-a addr .*No such server/s);
  });

  it('of a server that somebody already added by hand, at another address', async () => {
    await runtime('add server shop/worker-d 10.99.1.8:30001', 'enable server shop/worker-d');
    await expectReload(withAdded(), /^"add server shop\/worker-d .*[Aa]lready exist/s);
  });

  it.each([
    [
      'an unknown answer',
      'add server',
      { answer: 'The table of server numbers is full.\n\nNo such server.\n\nNo such server.\n\n' },
      /^"add server shop\/worker-d [^"]*": The table of server numbers is full\.$/,
    ],
    [
      'an answer that the backend doesn’t exist',
      'add server',
      { answer: 'No such backend.\n\nNo such backend.\n\nNo such backend.\n\n' },
      /^"add server shop\/worker-d [^"]*": No such backend\.$/,
    ],
    [
      'a truncated answer',
      'add server',
      { answer: 'New server registered.\n' },
      /^"add server shop\/worker-d [^"]*": 1 answers to 3 commands: New server registered\.$/,
    ],
    [
      'an empty answer',
      'add server',
      { answer: '' },
      /^"add server shop\/worker-d [^"]*": 0 answers to 3 commands: nothing$/,
    ],
    [
      'success answers to commands that had no effect',
      'add server',
      { answer: 'New server registered.\n\n\n\n' },
      /^shop\/worker-d is not there$/,
    ],
    [
      'a listing in an unknown format',
      'show servers state shop',
      { answer: '2\n# another version\n' },
      /^"show servers state shop": 2\n# another version$/,
    ],
    [
      'no answer before the timeout',
      'add server',
      'drop the command',
      /no answer to "add server shop\/worker-d [^"]*" in 5000 ms$/,
    ],
  ] as const)('with %s', async (_what, start, verdict, reason) => {
    judge = (command) => (command.startsWith(start) ? verdict : 'pass');
    await expectReload(withAdded(), reason);
  });

  it('doesn’t change what an operator set: weight and maintenance of other servers', async () => {
    await runtime('set server shop/worker-b state maint', 'set server shop/worker-b weight 7');
    const before = await countersOf(host);
    const text = withServers(MOVED);
    const events = await applied(text);
    expect(events.find(({ msg }) => msg === 'apply.applied')).toMatchObject({ method: 'runtime' });
    expect(await countersOf(host)).toEqual(before);
    const held = serversIn(text).map((line) => (line.includes('worker-b') ? line.replace(/0$/, '1') : line));
    expect(await serversOf(host)).toEqual(held);
    expect(await host.runtime('get weight shop/worker-b')).toMatch(/^7 /);
    await runtime('set server shop/worker-b state ready', 'set server shop/worker-b weight 1');
  });

  it('moves a server that is in maintenance, and keeps it in maintenance', async () => {
    await runtime('set server shop/worker-a state maint');
    const before = await countersOf(host);
    const text = withServers(MOVED);
    await applied(text);
    expect(await countersOf(host)).toEqual(before);
    expect(await serversOf(host)).toEqual(
      serversIn(text).map((line) => (line.includes('worker-a') ? line.replace(/0$/, '1') : line)),
    );
    await runtime('set server shop/worker-a state ready');
  });

  it('removes a server that is in maintenance, and adds it again in service', async () => {
    await runtime('set server shop/worker-a state maint');
    const before = await countersOf(host);
    const text = withServers({ 'worker-a': '' });
    await applied(text);
    expect(await serversOf(host)).toEqual(serversIn(text));
    await applied(base);
    expect(await serversOf(host)).toEqual(serversIn(base));
    expect(await countersOf(host)).toEqual(before);
  });
});
