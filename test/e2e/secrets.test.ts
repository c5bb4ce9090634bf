import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { createShop } from '../support/fleet/shop.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const WORD = 'pl4ntedS3cret';
const key = (lines: string): string => `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;

/** HAProxy refuses certificates with such keys; the test looks for the keys in everything that a consumer writes. */
onEachHaproxy('a key that HAProxy can’t read', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  const { text, served } = createShop(() => fleet);

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], haproxyBinary, consumers: false });
    host = fleet.host('lb-1');
    await fleet.nodes.listen(30001);
    const { cert } = await fleet.authority.issue(['shop.example.com']);
    const files: Readonly<Record<string, string>> = {
      'broken.pem': cert + key(WORD),
      'other.pem': cert + key(Buffer.from(WORD.repeat(20)).toString('base64')),
      'key.pem': key(WORD),
      'word.pem': `${WORD}\n`,
    };
    for (const [name, pem] of Object.entries(files)) writeFileSync(join(fleet.certificateDir, name), pem);
    host.startConsumer('--log-level', 'trace');
    await fleet.etcd.put(text(30001));
    await served(30001);
  });
  afterAll(() => fleet.close());

  const written = (): string =>
    readdirSync(host.stateDirectory, { recursive: true, encoding: 'utf8' })
      .map((name) => join(host.stateDirectory, name))
      .filter((file) => statSync(file).isFile())
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');

  it.each(['crt broken.pem', 'crt other.pem', 'crt key.pem', 'crt word.pem', 'crt-list key.pem'])(
    'is in no log, status, metric or file of the agent: %s',
    async (option) => {
      const [name = '', file = ''] = option.split(' ');
      const after = logEvents(host.consumer()).length;
      const bind = `frontend tls\n  mode http\n  bind *:443 ssl ${name} ${join(fleet.certificateDir, file)}\n`;
      await fleet.etcd.put(`${text(30001)}\n${bind}`);
      await waitForEvent(host.consumer(), ({ msg }) => /^apply\.(rejected|applied)$/.test(msg), { after });
      const status = await waitFor('the status in etcd', async () => {
        const value = (await fleet.etcd.get(`${DEFAULT_PATH}/hosts/lb-1`)) ?? '';
        return when(value.includes(file), value);
      }).then(() => fleet.etcd.get(`${DEFAULT_PATH}/hosts/lb-1`));
      const diff = await host.runConsumer('diff', '--log-level', 'trace');
      const shown = await host.runConsumer('status', '-o', 'json');
      const metrics = await (await fetch(`http://${host.address}:9641/metrics`)).text();
      const ready = await (await fetch(`http://${host.address}:9641/readyz`)).text();
      const all = [
        host.consumer().log(),
        status,
        diff.stdout,
        diff.stderr,
        shown.stdout,
        metrics,
        ready,
        written(),
      ];
      for (const output of all) expect(output).not.toContain(WORD);
      await served(30001);
    },
  );
});
