import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import { handWrittenText } from '../support/fleet/texts.ts';

/** A text that a person puts into the key is applied like any other revision, or refused before HAProxy reads it. */
describe('a text that is published by hand', () => {
  let fleet: Fleet;
  const good = (nodePort: number): string =>
    handWrittenText(fleet.nodes.list(), [{ service: 'byhand', bind: '*:80', nodePort }]);
  const servedBy = (nodePort: number): Promise<void> =>
    answersOnEveryHost(
      fleet,
      { port: 80, host: 'any.example.com' },
      { nodePort, nodes: ['worker-a', 'worker-b'] },
    );

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.nodes.listen(30001, 30002, 30003);
  });
  afterAll(() => fleet.close());

  it('is applied by both consumers', async () => {
    await fleet.etcd.put(good(30001));
    await servedBy(30001);
  });

  it('is applied even if it lacks the final newline', async () => {
    await fleet.etcd.put(good(30002).trimEnd());
    await servedBy(30002);
    for (const host of fleet.hosts) expect(host.dynamicConfig()).toBe(good(30002));
  });

  it.each([
    ['global', 'global\n  maxconn 7\n'],
    ['program', 'program evil\n  command /bin/true\n'],
    ['lua-load', 'frontend lua\n  bind *:81\n  lua-load /tmp/evil.lua\n'],
    ['external-check', 'backend checked\n  option external-check\n  external-check command /bin/true\n'],
    ['a certificate outside the certificate folder', 'frontend tls\n  bind *:81 ssl crt /etc/passwd\n'],
    [
      'the same in another spelling that HAProxy accepts',
      'frontend tls\n  bind *:81 ssl crt(x) /etc/passwd\n',
    ],
    ['a directive that makes HAProxy exit', 'frontend own\n  bind *:81\n  unique-id-format %[unique-id]\n'],
  ])('is refused by the gate if it has %s', async (_what, addition) => {
    const before = fleet.hosts.map((host) => host.dynamicConfig());
    const counts = fleet.hosts.map((host) => logEvents(host.consumer()).length);
    await fleet.etcd.put(`${good(30003)}\n${addition}`);
    for (const [index, host] of fleet.hosts.entries()) {
      const event = await waitForEvent(host.consumer(), ({ msg }) => msg === 'apply.rejected', {
        after: counts[index] ?? 0,
      });
      expect(event).toMatchObject({ stage: 'gate' });
      expect(host.dynamicConfig()).toBe(before[index]);
    }
    await servedBy(30002);
  });

  it('is served without an address that the host doesn’t have, in any spelling', async () => {
    const bind = `'*:80',"192.0.2.1:8\\x31"`;
    const text = handWrittenText(fleet.nodes.list(), [{ service: 'byhand', bind, nodePort: 30003 }]);
    await fleet.etcd.put(text);
    await servedBy(30003);
    for (const host of fleet.hosts) {
      const { leftOut } = await waitForEvent(
        host.consumer(),
        ({ msg, leftOut: parts }) =>
          msg === 'apply.applied' && JSON.stringify(parts).includes('192.0.2.1:81'),
      );
      expect(leftOut).toMatchObject([{ sources: [{ service: 'byhand' }] }]);
      expect(host.dynamicConfig()).toBe(text.replace(bind, '*:80'));
    }
  });

  it('is served again once it is valid again', async () => {
    await fleet.etcd.put(good(30001));
    await servedBy(30001);
  });
});
