import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Counters } from '../support/fleet/counters.ts';
import { anotherWorker, countersOf } from '../support/fleet/counters.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { serversIn, serversOf } from '../support/fleet/servers-state.ts';
import { handWrittenText } from '../support/fleet/texts.ts';

type Change = readonly [what: string, reasons: string, change: (text: string) => string];

const SECTIONS = /(?<=\n)(?=# service: )/;
const A_BACKEND = 'backend pay\n  mode http\n  balance roundrobin\n  server worker-a 10.99.1.1:30001\n';
const A_FRONTEND = 'frontend pay\n  mode http\n  bind *:8082\n  default_backend shop\n';
/** A change of one backend's lines. */
function inBackend(name: string, change: (section: string) => string): (text: string) => string {
  return (text) =>
    text
      .split(SECTIONS)
      .map((section) => (section.includes(`\nbackend ${name}\n`) ? change(section) : section))
      .join('');
}
const without = (pattern: RegExp) => (section: string) => section.replace(pattern, '');
const NEW_SERVER = '  server worker-d 10.99.1.2:30001 check\n';
/** Removes one server, adds one, and moves one. */
const allServerChanges = (section: string): string =>
  section.replace(/ {2}server worker-a .*\n/, NEW_SERVER).replace(/(server worker-b \S+):30001/, '$1:30002');

const NOTHING: readonly Change[] = [
  ['nothing', '', (text) => text],
  [
    'comments',
    '',
    (text) => `${text}# a comment at the end\n`.replaceAll('  mode http', '  mode http # why'),
  ],
  ['white space', '', (text) => text.replaceAll('\n  ', '\n\t\t').replaceAll('\n\n', '\n\n\n')],
  ['the order of sections', '', (text) => text.split(SECTIONS).reverse().join('\n')],
  [
    'the order of servers',
    '',
    (text) => text.replace(/( {2}server worker-a .*\n)( {2}server worker-b .*\n)/, '$2$1'),
  ],
];
const AT_RUN_TIME: readonly Change[] = [
  ['a server added', 'backend shop changed', inBackend('shop', (section) => section + NEW_SERVER)],
  [
    'a server of HTTP/2 added',
    'backend shop changed',
    inBackend('shop', (section) => section + NEW_SERVER.replace('check', 'check proto h2')),
  ],
  ['a server removed', 'backend shop changed', inBackend('shop', without(/ {2}server worker-a .*\n/))],
  ['the last server removed', 'backend shop changed', inBackend('shop', without(/ {2}server .*\n/g))],
  [
    'a server moved',
    'backend shop changed',
    inBackend('shop', (section) => section.replace(/(server worker-b) \S+/, '$1 10.99.1.3:30002')),
  ],
  [
    'several backends, all at once',
    'backend cart changed, backend shop changed',
    (text) => ['shop', 'cart'].reduce((all, name) => inBackend(name, allServerChanges)(all), text),
  ],
  [
    'servers, comments and order together',
    'backend shop changed',
    (text) => inBackend('shop', (section) => section + NEW_SERVER)(`${text}# why\n`),
  ],
];
const BY_RELOAD: readonly Change[] = [
  ['a backend added', 'backend pay added', (text) => `${text}\n${A_BACKEND}`],
  ['a frontend added', 'frontend pay added', (text) => `${text}\n${A_FRONTEND}`],
  ['a bind changed', 'frontend cart changed', (text) => text.replace('bind *:8081', 'bind *:8083')],
  [
    'sections removed',
    'backend cart removed, frontend cart removed',
    (text) =>
      text
        .split(SECTIONS)
        .filter((section) => !section.includes('cart'))
        .join(''),
  ],
  [
    'a setting of a backend',
    'backend shop changed',
    inBackend('shop', (section) => section.replace('  option redispatch\n', '')),
  ],
  [
    'an option of a server',
    'backend shop changed',
    inBackend('shop', (section) => section.replace(/(server worker-a .*) check/, '$1 check inter 5s')),
  ],
  [
    'a server and a section',
    'backend pay added, backend shop changed',
    (text) => `${inBackend('shop', (section) => section + NEW_SERVER)(text)}\n${A_BACKEND}`,
  ],
  [
    'a server of an algorithm that depends on the order',
    'backend fixed changed',
    inBackend('fixed', without(/ {2}server worker-b .*\n/)),
  ],
];

/** `diff` predicts how an apply gets a text into HAProxy; HAProxy's own counters prove that apply does exactly that. */
onEachHaproxy('diff predicts what apply does', (haproxyBinary) => {
  let fleet: Fleet;
  let host: LoadBalancerHost;
  let base: string;
  const diff = (): Promise<CommandResult> => host.runConsumer('diff');
  const apply = (): Promise<CommandResult> => host.runConsumer('apply');
  const files = (): string[] => readdirSync(dirname(host.haproxyConfig)).sort();

  /** Runs `diff` for this text, and checks that this changes neither HAProxy nor any file. */
  async function predict(
    text: string,
  ): Promise<{ readonly prediction: CommandResult; readonly before: Counters }> {
    await fleet.etcd.put(text);
    const [before, file, names] = [await countersOf(host), host.dynamicConfig(), files()];
    const prediction = await diff();
    expect(await countersOf(host)).toEqual(before);
    expect([host.dynamicConfig(), files()]).toEqual([file, names]);
    return { prediction, before };
  }
  /** Expects that HAProxy has the servers that a fresh start with the text would have. */
  async function expectDone(text: string): Promise<void> {
    expect(host.dynamicConfig()).toBe(text);
    expect(await serversOf(host)).toEqual(serversIn(text));
  }

  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, hosts: ['lb-1'], consumers: false });
    host = fleet.host('lb-1');
    const services = ['shop', 'cart', 'fixed'].map((service, index) => ({
      service,
      bind: `*:${String(8080 + index)}`.replace('8082', '8085'),
      nodePort: 30001,
    }));
    base = inBackend('fixed', (section) => section.replace('roundrobin', 'first'))(
      handWrittenText(fleet.nodes.list(), services).replaceAll(
        '  option red',
        '  balance roundrobin\n  option red',
      ),
    );
  });
  afterAll(() => fleet.close());
  beforeEach(async () => {
    await fleet.etcd.put(base);
    expect(await apply()).toMatchObject({ code: 0 });
  });

  it.each(NOTHING)('none: %s', async (what, _reasons, change) => {
    const text = change(base);
    const { prediction, before } = await predict(text);
    const isSame = what === 'nothing';
    const words = isSame ? 'none\n' : 'none (nothing differs that HAProxy has to read again)\n';
    expect(prediction).toMatchObject({ code: isSame ? 0 : 1, stderr: words });
    expect(prediction.stdout === '').toBe(isSame);
    expect((await apply()).stdout).toMatch(isSame ? /: unchanged:/ : /: applied \(none\)/);
    expect(await countersOf(host)).toEqual(before);
    await expectDone(text);
  });

  it.each(AT_RUN_TIME)('runtime: %s', async (_what, reasons, change) => {
    const text = change(base);
    const { prediction, before } = await predict(text);
    expect(prediction).toMatchObject({ code: 1, stderr: `runtime (${reasons})\n` });
    expect(prediction.stdout).toContain(`+++ `);
    expect((await apply()).stdout).toMatch(/: applied \(runtime\)$/m);
    expect(await countersOf(host)).toEqual(before);
    await expectDone(text);
    expect(await diff()).toMatchObject({ code: 0, stdout: '', stderr: 'none\n' });
  });

  it.each(BY_RELOAD)('reload: %s', async (_what, reasons, change) => {
    const text = change(base);
    const { prediction, before } = await predict(text);
    expect(prediction).toMatchObject({ code: 1, stderr: `reload (${reasons})\n` });
    expect((await apply()).stdout).toMatch(/: applied \(reload\)$/m);
    const after = await countersOf(host);
    expect(after.reloads).toBe(before.reloads + 1);
    expect(after.worker).not.toBe(before.worker);
    await expectDone(text);
  });

  it('reload: HAProxy was just reloaded by hand, so that it is unknown what it runs', async () => {
    const former = await countersOf(host);
    await host.master('reload').catch(() => '');
    await anotherWorker(host, former);
    const { prediction, before } = await predict(base);
    expect(prediction).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'reload (nothing is known to run yet)\n',
    });
    expect((await apply()).stdout).toMatch(/: applied \(reload\)$/m);
    expect((await countersOf(host)).reloads).toBe(before.reloads + 1);
    await expectDone(base);
  });

  it('a part that this host can’t serve is named, and isn’t a change', async () => {
    const elsewhere = 'frontend elsewhere\n  mode http\n  bind 192.0.2.1:81\n  default_backend shop\n';
    const comment = '# service: default/elsewhere port: web\n';
    const text = (own: string): string => `${own}\n${comment}${elsewhere}`;
    const { prediction, before } = await predict(text(base));
    expect(prediction).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^none; LEFT OUT: default\/elsewhere port web: .*no interface/) as string,
    });
    expect(await apply()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/: unchanged: .*LEFT OUT: default\/elsewhere/) as string,
    });
    expect(await countersOf(host)).toEqual(before);
    const next = inBackend('shop', (section) => section + NEW_SERVER)(base);
    expect((await predict(text(next))).prediction.stderr).toMatch(
      /^runtime \(backend shop changed\); LEFT OUT: /,
    );
    expect((await apply()).stdout).toMatch(/: applied \(runtime\); LEFT OUT: default\/elsewhere/);
    expect(await countersOf(host)).toEqual(before);
    expect(await serversOf(host)).toEqual(serversIn(next));
  });

  it('a file edited by hand is restored without a reload', async () => {
    writeFileSync(host.haproxyConfig, `${base}# mine\n`);
    const { prediction, before } = await predict(base);
    expect(prediction).toMatchObject({ code: 1, stderr: 'none\n' });
    expect(prediction.stdout).toContain('-# mine');
    expect((await apply()).code).toBe(0);
    expect(await countersOf(host)).toEqual(before);
    await expectDone(base);
  });

  it('a frozen host: nothing is applied', async () => {
    expect((await host.runConsumer('freeze', '--reason=a test')).code).toBe(0);
    const { prediction, before } = await predict(`${base}\n${A_BACKEND}`);
    expect(prediction).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/frozen.*a test.*kept/) as string,
    });
    expect((await apply()).code).toBe(1);
    expect(await countersOf(host)).toEqual(before);
    expect((await host.runConsumer('thaw')).code).toBe(0);
  });

  it('a text that the gate rejects is refused, and nothing is predicted while HAProxy is down', async () => {
    await fleet.etcd.put(`${base}\nglobal\n  maxconn 7\n`);
    expect(await diff()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('rejected by the gate'),
    });
    await fleet.etcd.put(`${base}\n${A_BACKEND}`);
    await host.stopHaproxy();
    expect(await diff()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("HAProxy isn't running"),
    });
    rmSync(host.haproxyConfig);
    writeFileSync(host.haproxyConfig, base);
    await host.startHaproxy();
  });
});
