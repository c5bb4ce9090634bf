import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { answersOnEveryHost } from '../support/fleet/everywhere.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { HostileText } from '../support/fleet/hostile-texts.ts';
import {
  BOMBS,
  ENDS_OF_HAPROXY,
  HOST_ACCESS,
  LOCAL_SERVERS,
  ODD_BYTES,
  PROCESS_VARIABLES,
} from '../support/fleet/hostile-texts.ts';
import type { LogEvent } from '../support/fleet/log-events.ts';
import { logEvents, waitForEvent } from '../support/fleet/log-events.ts';
import { ask, formatAnswer } from '../support/fleet/request.ts';
import { handWrittenText } from '../support/fleet/texts.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { Load } from '../support/measuring/load.ts';
import { startLoad } from '../support/measuring/load.ts';
import { workers } from '../support/measuring/machine.ts';
import { peakMemoryOf } from '../support/measuring/processes.ts';

const NODES = ['worker-a', 'worker-b'];
const [SHOP, ...BLOG] = [30001, 30002, 30003] as const;
/** How long an honest change may take right after an attack. */
const IN_TIME = { limitMs: 5_000 };
/** A quarter of the 60 seconds for which the watchdog of the systemd unit waits: other tests keep the machine busy, too. */
const LONGEST_SILENCE_MS = 15_000;
const MOST_MEGABYTES = 512;

onEachHaproxy('whatever one text holds hurts no host', (haproxyBinary) => {
  let fleet: Fleet;
  let load: Load;
  let before: readonly string[];
  let reloadsBefore: readonly (readonly LogEvent[])[] = [];
  let changes = 0;

  const honest = (): string =>
    handWrittenText(fleet.nodes.list(), [
      { service: 'shop', bind: '*:8080', nodePort: SHOP, lines: ['balance roundrobin'] },
      {
        service: 'blog',
        bind: '*:8081',
        nodePort: BLOG[changes % BLOG.length] ?? 0,
        lines: ['balance roundrobin'],
      },
    ]);
  const running = (): Promise<readonly string[]> =>
    Promise.all(
      fleet.hosts.map(async (host) => `${await workers(host)} ${String(host.consumer().running())}`),
    );
  /** The reloads of each host, by its agent's log. */
  const reloads = (): readonly (readonly LogEvent[])[] =>
    fleet.hosts.map((host) =>
      logEvents(host.consumer()).filter(({ msg, method }) => msg === 'apply.applied' && method === 'reload'),
    );
  /** Since the scene began, each agent runs on, and so does HAProxy's worker unless its agent has reloaded it. */
  async function nothingHasEnded(): Promise<void> {
    const [now, after] = [await running(), reloads()];
    const expected = before.map((each, index) => {
      const [earlier, later] = [reloadsBefore[index] ?? [], after[index] ?? []];
      if (later.length === earlier.length) return each;
      process.stdout.write(`reloaded: ${JSON.stringify(later.at(-1))}\n`);
      return expect.stringMatching(/^\d+ true$/);
    });
    expect(now).toEqual(expected);
  }
  const eventsSoFar = (): readonly number[] => fleet.hosts.map((host) => logEvents(host.consumer()).length);
  async function honestChange(): Promise<void> {
    changes += 1;
    const after = eventsSoFar();
    await fleet.etcd.put(honest());
    const nodePort = BLOG[changes % BLOG.length] ?? 0;
    const question = { port: 8081, host: 'blog.example.com' };
    await answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, IN_TIME);
    const isApplied = ({ msg }: LogEvent): boolean => msg === 'apply.applied';
    for (const [index, host] of fleet.hosts.entries())
      await waitForEvent(host.consumer(), isApplied, { after: after[index] ?? 0 });
  }
  /** Publishes the text beside honest sections, and waits until each host has refused it. */
  async function attack({ what, sections }: HostileText): Promise<readonly LogEvent[]> {
    const text = `${honest()}\n${sections}`;
    const after = eventsSoFar();
    await fleet.etcd.put(text.length > 1_000_000 ? gzipSync(text) : text);
    return Promise.all(
      fleet.hosts.map(async (host, index) => {
        const isAbout = ({ msg }: LogEvent): boolean => /^apply\.|^etcd\.value/.test(msg);
        const event = await waitForEvent(host.consumer(), isAbout, {
          after: after[index] ?? 0,
          limitMs: 20_000,
        });
        expect(event, what).toMatchObject({ msg: 'apply.rejected', stage: 'gate' });
        return event;
      }),
    );
  }
  /** Asks the agents for their health all the time; gives the longest time an answer took, and wrong answers. */
  function watchHealth(): () => Promise<{ readonly longest: number; readonly wrong: readonly string[] }> {
    let [longest, isOver] = [0, false];
    const wrong: string[] = [];
    const watched = fleet.hosts.map(async ({ address }) => {
      while (!isOver) {
        const started = performance.now();
        const limitMs = 2 * LONGEST_SILENCE_MS;
        const answer = await ask({ address, port: 9641, host: 'x', path: '/healthz', limitMs });
        if (answer.status !== 200) wrong.push(formatAnswer(answer));
        longest = Math.max(longest, performance.now() - started);
      }
    });
    return async () => {
      isOver = true;
      await Promise.all(watched);
      return { longest, wrong };
    };
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(SHOP, ...BLOG);
    const [first, second] = fleet.hosts;
    first?.startConsumer('--allow-section=resolvers');
    second?.startConsumer('--allow-section=resolvers', '--metrics-details=off');
    await honestChange();
    const targets = fleet.hosts.map(({ address }) => ({
      ...{ address, port: 8080, host: 'shop.example.com', nodePort: SHOP },
    }));
    load = await startLoad({ targets, perSecond: 100, limitMs: 5_000 }, fleet.logs);
  });
  beforeEach(async () => {
    [before, reloadsBefore] = [await running(), reloads()];
  });
  afterAll(() => fleet.close());

  it.each<[string, readonly HostileText[]]>([
    ['variables of the process', PROCESS_VARIABLES],
    ['ends of HAProxy', ENDS_OF_HAPROXY],
    ['servers on the host itself', LOCAL_SERVERS],
    ['code, files, sockets and sections of the host', HOST_ACCESS],
    ['bytes that HAProxy reads otherwise', ODD_BYTES],
  ])('%s: the gate refuses each, and HAProxy never sees it', async (_what, texts) => {
    for (const text of texts) await attack(text);
    await honestChange();
    await nothingHasEnded();
  });

  it.each(BOMBS)('a text of $what takes neither time nor memory of an agent', async (bomb) => {
    const healthIs = watchHealth();
    await attack(bomb);
    await honestChange();
    const { longest, wrong } = await healthIs();
    expect(wrong).toEqual([]);
    expect(longest).toBeLessThan(LONGEST_SILENCE_MS);
    for (const host of fleet.hosts) expect(peakMemoryOf(host.consumer())).toBeLessThan(MOST_MEGABYTES);
    await nothingHasEnded();
  });

  it('servers of a text that is refused for a line are changed all the same', async () => {
    changes += 1;
    const events = await attack({
      what: 'a file of the host',
      sections: 'backend evil\n  errorfile 503 /x\n',
    });
    for (const event of events) expect(event).toMatchObject({ serversChanged: true });
    const nodePort = BLOG[changes % BLOG.length] ?? 0;
    const question = { port: 8081, host: 'blog.example.com' };
    await answersOnEveryHost(fleet, question, { nodePort, nodes: NODES }, IN_TIME);
    for (const host of fleet.hosts) expect(host.dynamicConfig()).not.toContain('evil');
    await nothingHasEnded();
    await honestChange();
  });

  it('the agent says why, and with --metrics-details off not to strangers', async () => {
    await attack({ what: 'a file of the host', sections: 'backend evil\n  errorfile 503 /etc/sec-ret\n' });
    const [open, closed] = await Promise.all(
      fleet.hosts.map(async ({ address }) => {
        const answers = ['/readyz', '/healthz', '/metrics'].map((path) =>
          ask({ address, port: 9641, host: 'x', path }),
        );
        return (await Promise.all(answers)).map(({ status, body }) => `${String(status)} ${body}`).join('');
      }),
    );
    expect(open).toMatch(/^503 .*sec-ret/);
    expect(closed).toMatch(/^503 no\n200 ok\n/);
    expect(closed).not.toMatch(/sec-ret|evil/);
    await honestChange();
  });

  it('a text that ended the agent is not read by the next one, and another text is', async () => {
    const text = `${honest()}# the text that killed it\n`;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const hash = createHash('sha256').update(text).digest('hex');
    for (const host of fleet.hosts) {
      await host.stopConsumer();
      writeFileSync(join(host.stateDirectory, 'reading.json'), JSON.stringify({ hash, bootId }));
    }
    await fleet.etcd.put(text);
    for (const host of fleet.hosts) {
      const agent = host.startConsumer('--allow-section=resolvers');
      await waitForEvent(agent, ({ msg }) => msg === 'text.suspected');
      await waitForEvent(agent, ({ msg, stage }) => msg === 'apply.rejected' && stage === 'gate');
    }
    await honestChange();
    await nothingHasEnded();
  });

  it('and no request to the others failed meanwhile', async () => {
    const { sent, failed, failures } = await load.stop();
    expect({ failed, failures }).toEqual({ failed: 0, failures: [] });
    expect(sent).toBeGreaterThan(500);
  });
});
