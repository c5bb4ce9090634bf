import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitFor } from '../support/sandbox/wait.ts';

const SLOW_SECONDS = 12;

/** `status` says "in sync" only if that is known. */
onEachHaproxy('the truth of a status', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let armed: string;
  const { text, served } = createShop(() => fleet);

  /** Runs `status` until its output matches, and returns its exit code and output. */
  const until = (expected: RegExp, limitMs = 10_000): Promise<readonly [number | null, string]> =>
    waitFor(
      `status says ${String(expected)}`,
      async () => {
        const { code, stdout, stderr } = await host.runConsumer('status');
        return expected.test(stdout) ? { done: [code, stdout] as const } : { pending: stdout + stderr };
      },
      { limitMs, everyMs: 200 },
    );
  const inSync = async (): Promise<string | undefined> => {
    const response = await fetch(`http://${host.address}:9641/metrics`);
    return /^kubefigurator_consumer_in_sync (\d)$/m.exec(await response.text())?.[1];
  };

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], consumers: false });
    host = fleet.host('lb-1');
    armed = join(fleet.folder, 'slow');
    const binary = join(fleet.folder, 'slow-haproxy');
    const wait = `if [ "$1" = -c ] && [ -e '${armed}' ]; then sleep ${String(SLOW_SECONDS)}; fi`;
    writeFileSync(binary, ['#!/bin/sh', wait, `exec '${haproxyBinary}' "$@"`, ''].join('\n'));
    chmodSync(binary, 0o755);
    await fleet.nodes.listen(30001, 30002);
    host.startConsumer(`--haproxy-binary=${binary}`);
    await fleet.etcd.put(text(30001));
    await served(30001);
    expect((await until(/^lb-1: in sync$/m))[0]).toBe(0);
  });
  afterAll(() => fleet.close());

  it('while haproxy -c is slow, the host is not in sync, and a line in the log says so once', async () => {
    const more = { service: 'more', bind: '*:81', nodePort: 30001 };
    writeFileSync(armed, '');
    await fleet.etcd.put(
      handWrittenText(fleet.nodes.list(), [{ service: 'shop', bind: '*:80', nodePort: 30001 }, more]),
    );
    const [code, output] = await until(
      /NOT IN SYNC: revision \d+ is being checked since 20.* \(haproxy -c\)/,
    );
    expect([code, await inSync()]).toEqual([1, '0']);
    expect(output).toContain(/etcd has revision (\d+)/.exec(output)?.[1] ?? 'a revision');
    rmSync(armed);
    expect((await until(/^lb-1: in sync$/m, 20_000))[0]).toBe(0);
    expect(await inSync()).toBe('1');
    expect(logEvents(host.consumer()).filter(({ msg }) => msg === 'check.slow')).toHaveLength(1);
  });
});
