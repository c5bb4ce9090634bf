import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countersOf } from '../support/fleet/counters.ts';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { HandWritten } from '../support/fleet/texts.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { waitFor } from '../support/sandbox/wait.ts';
import type { Moment, KillableConsumer } from './support/moments.ts';
import { createKillableConsumer } from './support/moments.ts';

const NODES = ['worker-a', 'worker-b'];
const UNTOUCHED: HandWritten = { service: 'calm', bind: '*:80', nodePort: 30001 };

interface Step {
  readonly moment: Moment;
  /** Which text must be in dynamic.cfg after the kill. */
  readonly onDisk: 'old' | 'new';
  /** Most reloads the change may take: a second one is allowed only if the consumer can't know what HAProxy runs. */
  readonly reloads: number;
}

const RELOADING: readonly Step[] = [
  { moment: 'queries HAProxy', onDisk: 'old', reloads: 1 },
  { moment: 'stages the candidate', onDisk: 'old', reloads: 1 },
  { moment: 'validates and probes', onDisk: 'old', reloads: 1 },
  { moment: 'has installed the file', onDisk: 'new', reloads: 1 },
  { moment: 'has sent the reload', onDisk: 'new', reloads: 2 },
  { moment: 'checks for the new worker', onDisk: 'new', reloads: 2 },
  { moment: 'records the text', onDisk: 'new', reloads: 2 },
  { moment: 'has recorded everything', onDisk: 'new', reloads: 1 },
];
const AT_RUN_TIME: readonly Step[] = [
  { moment: 'changes servers', onDisk: 'new', reloads: 1 },
  { moment: 'has changed servers', onDisk: 'new', reloads: 1 },
];

/** The consumer is killed (SIGKILL) in the middle of an apply and then started again. */
onEachHaproxy('a consumer that is killed when it', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let killable: KillableConsumer;
  let load: Load;
  let text = '';
  let bind = 8000;
  let nodePort = 30002;
  const shop = (): HandWritten => ({ service: 'shop', bind: `*:${String(bind)}`, nodePort });
  /** One of two certificates for the same name, so that each change that needs a reload changes the list too. */
  const certificate = (): string => join(fleet.certificateDir, bind % 2 === 0 ? 'even.pem' : 'odd.pem');
  /** Uses roundrobin, which allows adding and removing servers at run time, and a folder, which becomes a list. */
  const textNow = (): string =>
    handWrittenText(fleet.nodes.list(), [UNTOUCHED, shop()])
      .replaceAll('  option redispatch', '  balance roundrobin\n  option redispatch')
      .replace(
        `  bind ${shop().bind}`,
        `  # service: default/shop port: web certificate: ${certificate()}\n$& ssl crt ${fleet.certificateDir}`,
      );
  /** The text as it was before this host made a release of it. */
  const portable = (release: string): string =>
    release.replace(/ crt-list \S+$/m, ` crt ${fleet.certificateDir}`);

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], consumers: false });
    await fleet.nodes.listen(30001, 30002, 30003);
    for (const file of ['even.pem', 'odd.pem']) await fleet.addCertificate(['shop.example.com'], file);
    host = fleet.host('lb-1');
    killable = await createKillableConsumer(host);
    killable.start();
    await publish();
    await served();
    const target = {
      address: host.address,
      port: 80,
      host: 'calm.example.com',
      nodePort: UNTOUCHED.nodePort,
    };
    load = await startLoad({ targets: [target], perSecond: 150, limitMs: 5000 }, fleet.logs);
  });
  afterAll(async () => {
    killable.close();
    await fleet.close();
  });

  async function publish(): Promise<void> {
    text = textNow();
    await fleet.etcd.put(text);
  }
  async function served(): Promise<void> {
    const question = { port: bind, host: 'shop.example.com', ca: fleet.authority.ca };
    await answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, { limitMs: 20_000 });
    await host.waitUntilReady();
    expect(portable(host.dynamicConfig())).toBe(text);
    expectWholeList();
  }
  const reloads = async (): Promise<number> => (await countersOf(host)).reloads;

  async function killAndRestart({ moment, onDisk, reloads: most }: Step): Promise<void> {
    const [old, before] = [text, await reloads()];
    const agent = host.consumer();
    killable.killAt(moment);
    await publish();
    await waitFor(`the consumer ${moment}`, () =>
      agent.running() ? { pending: agent.tail(5) } : { done: true },
    );
    expect(portable(host.dynamicConfig())).toBe(onDisk === 'old' ? old : text);
    expectWholeList();
    expectWholeState([old, text]);
    killable.start();
    await served();
    expect((await reloads()) - before).toBeLessThanOrEqual(most);
    expectWholeState([text]);
    expect(leftOvers()).toEqual([]);
    // An agent that is killed before it removes the list of the former release leaves it until the next release.
    expect(listsOnDisk()).toContain(listInConfig());
    expect(listsOnDisk().length).toBeLessThanOrEqual(2);
  }

  const listInConfig = (): string => / crt-list (\S+)$/m.exec(host.dynamicConfig())?.[1] ?? 'no list';
  const listsOnDisk = (): string[] => {
    const folder = dirname(listInConfig());
    const names = readdirSync(folder).filter((file) => file.endsWith('.crt-list'));
    return names.map((file) => join(folder, file));
  };

  /** Expects that the list which dynamic.cfg names is complete, so that HAProxy could start with it. */
  function expectWholeList(): void {
    const asked = / certificate: (\S+)$/m.exec(host.dynamicConfig())?.[1];
    expect(readFileSync(listInConfig(), 'utf8')).toBe(`${asked ?? ''}\n`);
  }

  /** Expects that no file in the state folder was written only in part. */
  function expectWholeState(texts: readonly string[]): void {
    const read = (file: string): string => readFileSync(join(host.stateDirectory, file), 'utf8');
    expect(texts).toContain(portable(read('last-known-good.cfg')));
    expect(JSON.parse(read('ledger.json'))).toMatchObject({
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  }
  const leftOvers = (): string[] =>
    [dirname(host.haproxyConfig), host.stateDirectory].flatMap((folder) =>
      readdirSync(folder).filter((file) => file.startsWith('.')),
    );

  it.each(RELOADING.map((step) => [step.moment, step] as const))(
    '%s, for a change that needs a reload',
    async (_, step) => {
      bind += 1;
      await killAndRestart(step);
    },
  );

  it.each(AT_RUN_TIME.map((step) => [step.moment, step] as const))(
    '%s, for a change without a reload',
    async (_, step) => {
      nodePort = nodePort === 30002 ? 30003 : 30002;
      await killAndRestart(step);
    },
  );

  it('does any of these: no request to the untouched Service failed', async () => {
    const report = await load.stop();
    expect(report).toMatchObject({ failed: 0, failures: [] });
    expect(report.sent).toBeGreaterThan(300);
  });
});
