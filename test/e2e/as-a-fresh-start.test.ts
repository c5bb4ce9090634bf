import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { logEvents } from '../support/fleet/log-events.ts';
import { onEachHaproxy } from '../support/haproxy/on-each-haproxy.ts';
import { serversOf } from '../support/fleet/servers-state.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const SEED = 20_261_121;
const FAMILIES = Number(process.env['KUBEFIGURATOR_FRESH_STARTS'] ?? 10);

interface Backend {
  readonly balance: string;
  readonly servers: readonly number[];
  readonly port: number;
  readonly check: boolean;
  readonly comment: boolean;
}

const server = fc.integer({ min: 1, max: 6 });
const backend: fc.Arbitrary<Backend> = fc.record({
  balance: fc.constantFrom('roundrobin', 'roundrobin', 'roundrobin', 'leastconn', 'source', 'first'),
  servers: fc.uniqueArray(server, { maxLength: 5 }),
  port: fc.constantFrom(30_001, 30_001, 30_001, 30_002),
  check: fc.constantFrom(true, true, true, false),
  comment: fc.boolean(),
});
const servers = fc.uniqueArray(server, { maxLength: 5 });
/** A text, and two that differ from it in servers only. */
const family = fc
  .tuple(
    fc.array(backend, { minLength: 2, maxLength: 4 }),
    fc.constantFrom(8080, 8081),
    fc.array(servers, { minLength: 8, maxLength: 8 }),
  )
  .map(([backends, port, others]) => {
    const textWith = (serversOf: (own: readonly number[], index: number) => readonly number[]): string =>
      [
        frontend(port),
        ...backends.map((each, index) =>
          section({ ...each, servers: serversOf(each.servers, index) }, index),
        ),
      ].join('\n');
    return [
      textWith((own) => own),
      textWith((own, index) => (index === 0 ? (others[0] ?? own) : own)),
      textWith((own, index) => others[index + 1] ?? own),
    ];
  });

function frontend(port: number): string {
  return `frontend f\n  mode http\n  bind *:${String(port)}\n  default_backend b0\n`;
}

function section({ balance, servers, port, check, comment }: Backend, index: number): string {
  const lines = servers.map(
    (number) =>
      `  server w${String(number)} 10.99.1.${String(10 + number)}:${String(port)}${check ? ' check' : ''}`,
  );
  const why = comment ? '  # a comment means nothing\n' : '';
  return `backend b${String(index)}\n  mode http\n  balance ${balance}\n${why}${lines.join('\n')}\n`;
}

onEachHaproxy('any sequence of revisions', (haproxyBinary) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ haproxyBinary, consumers: false });
    await fleet.nodes.listen(30_001, 30_002);
    fleet.host('lb-1').startConsumer('--reload-burst=1000', '--reload-jitter=0ms');
  });
  afterAll(() => fleet.close());

  it('after each revision HAProxy has the servers that a fresh start would have', async () => {
    const [live, fresh] = [fleet.host('lb-1'), fleet.host('lb-2')];
    const methods = new Map<string, number>();
    for (const next of fc.sample(family, { seed: SEED, numRuns: FAMILIES }).flat()) {
      const seen = logEvents(live.consumer()).length;
      await fleet.etcd.put(next);
      const hash = createHash('sha256').update(next).digest('hex');
      const ledger = join(live.stateDirectory, 'ledger.json');
      await waitFor('the ledger names the text', () =>
        Promise.resolve(
          when(existsSync(ledger) && readFileSync(ledger, 'utf8').includes(hash), live.consumer().tail(3)),
        ),
      );
      await fresh.stopHaproxy();
      writeFileSync(fresh.haproxyConfig, next);
      await fresh.startHaproxy();
      expect(await serversOf(live), `seed ${String(SEED)}:\n${next}`).toEqual(await serversOf(fresh));
      const event = logEvents(live.consumer())
        .slice(seen)
        .find(({ msg }) => msg === 'apply.applied');
      const method = String(event?.['method'] ?? 'unchanged');
      methods.set(method, (methods.get(method) ?? 0) + 1);
    }
    expect(methods.get('reload') ?? 0).toBeGreaterThan(2);
    expect(methods.get('runtime') ?? 0).toBeGreaterThan(2);
  }, 180_000);
});
