import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { createShop } from '../support/fleet/shop.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { buildPreviousConsumer, hasPreviousVersion } from '../support/fleet/previous-version.ts';
import { countersOf } from '../support/fleet/counters.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const isThere = await hasPreviousVersion();
const name = isThere
  ? 'a consumer of the previous version'
  : 'NOT RUN in a shallow clone (git fetch --unshallow): a consumer of the previous version';

let fleet: Fleet;
let bundle: string;
const { text, served } = createShop(() => fleet, { limitMs: 20_000 });

beforeAll(async () => {
  if (!isThere) return;
  fleet = await startFleet({ hosts: ['lb-1'], consumers: false });
  await fleet.nodes.listen(30001, 30002);
  bundle = await buildPreviousConsumer(fleet.folder);
});
afterAll(() => (isThere ? fleet.close() : undefined));

function startPrevious(host: LoadBalancerHost): RunningProcess {
  const command = [
    process.execPath,
    bundle,
    'watch',
    ...host.consumerFlags,
    '--metrics-address=0.0.0.0:9641',
  ];
  return host.startProgram('previous-consumer', command);
}

async function isReady(host: LoadBalancerHost, agent: RunningProcess): Promise<void> {
  await waitFor(`${agent.name} is ready`, async () => {
    const response = await fetch(`http://${host.address}:9641/readyz`).catch(() => undefined);
    return when(response?.ok === true, agent.tail(5));
  });
}

/** Upgrade and downgrade: each version takes over the other's state, and no request fails. */
it.skipIf(!isThere)(`${name} and this one take over each other’s state, without a reload`, async () => {
  const host = fleet.host('lb-1');
  await fleet.etcd.put(text(30001));
  const first = startPrevious(host);
  await isReady(host, first);
  await served(30001);
  const load = await startLoad(
    {
      targets: [{ address: host.address, port: 80, host: 'any.example.com', nodePort: 30001 }],
      perSecond: 200,
      limitMs: 5000,
    },
    fleet.logs,
  );
  const before = await countersOf(host);
  await first.stop();
  host.startConsumer();
  await host.waitUntilReady();
  expect((await host.runConsumer('status')).code).toBe(0);
  expect(await countersOf(host)).toEqual(before);
  await host.stopConsumer();

  const back = startPrevious(host);
  await isReady(host, back);
  expect(await countersOf(host)).toEqual(before);
  await back.stop();
  const { failed, sent } = await load.stop();
  expect(sent).toBeGreaterThan(100);
  expect(failed).toEqual(0);

  host.startConsumer();
  await fleet.etcd.put(text(30002));
  await served(30002);
  await host.waitUntilReady();
});

/** The previous version names a folder of links to the files that HAProxy doesn't refuse, this one a list. */
it.skipIf(!isThere)(
  `${name} and this one serve the same folder of certificates, without a failed request`,
  async () => {
    const host = fleet.host('lb-1');
    await host.stopConsumer();
    await fleet.addCertificate(['folder.example.com']);
    const file = join(fleet.certificateDir, 'folder.example.com.pem');
    writeFileSync(join(fleet.certificateDir, 'notes.txt'), 'where the certificates come from\n');
    const shop = { service: 'shop', bind: '*:443', nodePort: 30001 };
    const bind = `  # service: default/shop port: web certificate: ${file}\n  bind *:443 ssl crt ${fleet.certificateDir}`;
    await fleet.etcd.put(handWrittenText(fleet.nodes.list(), [shop]).replace('  bind *:443', bind));
    const names = (what: RegExp): Promise<unknown> =>
      waitFor(`dynamic.cfg names ${String(what)}`, () => {
        const text = host.dynamicConfig();
        return Promise.resolve(when(what.test(text), text));
      });
    const first = startPrevious(host);
    await names(/ crt \S+%2F\S+@[0-9a-f]{16}$/m);
    await isReady(host, first);
    const target = { address: host.address, port: 443, host: 'folder.example.com', nodePort: 30001 };
    const load = await startLoad(
      { targets: [{ ...target, ca: fleet.authority.ca }], perSecond: 100, limitMs: 5000 },
      fleet.logs,
    );
    await first.stop();
    host.startConsumer();
    await names(/ crt-list \S+$/m);
    await host.waitUntilReady();
    expect((await host.runConsumer('status')).code).toBe(0);
    await host.stopConsumer();

    const back = startPrevious(host);
    await names(/ crt \S+%2F\S+@[0-9a-f]{16}$/m);
    await isReady(host, back);
    await back.stop();
    host.startConsumer();
    await names(/ crt-list \S+$/m);
    await host.waitUntilReady();
    const { failed, sent } = await load.stop();
    expect(sent).toBeGreaterThan(100);
    expect(failed).toEqual(0);
  },
);
