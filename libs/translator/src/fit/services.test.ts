import { expect, it } from 'vitest';
import { assign } from '../addresses/assign.ts';
import { claim } from '../claims/claim.ts';
import { addGuardedClaims, type Guarded, type GuardedClaim } from '../claims/guarded.ts';
import { NO_MEMORIES } from '../claims/memory.ts';
import type { Intent } from '../intent/intent.ts';
import { fitNames, intent, left } from '../testing/fitted.ts';
import { addLoads, type Load, NO_LOAD } from './load.ts';
import { servicesInText } from './services.ts';

const wide = Array.from({ length: 50 }, (_, index) =>
  intent(`w${index}`, [`w${index}.test`], 443, `team${index % 5}`),
);

function addresses(count: number, part: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.${part}.0.${index}`);
}

function at(service: string, count: number, part: number): Intent {
  const own = intent(service, [`${service}.test`], 443, 'evil');
  return {
    ...own,
    bind: { ...own.bind, addresses: { kind: 'addresses', addresses: addresses(count, part) } },
  };
}

/** A guard holds a Service on these addresses, with a backend of so many lines. */
function held(words: readonly string[], lines = 10, service = 'old'): Guarded {
  const source = { namespace: 'old', service, port: 'http' };
  const claims = words.map((address): GuardedClaim => ({
    source,
    address,
    port: 443,
    mode: 'http',
    tls: false,
    hosts: [`${service}.test`],
    certificates: [],
  }));
  const section = Array.from({ length: lines }, () => 'retries 3').join('\n');
  const servers = [{ name: 'a', address: '10.1.0.11', port: 30_080 }];
  return { claims, backends: new Map([[`old/${service}/http`, { section, servers }]]), servers: new Map() };
}

function totalOf(intents: readonly Intent[], guarded: Guarded): Load {
  const claims = addGuardedClaims(claim(assign(intents).placed, NO_MEMORIES), guarded, NO_MEMORIES);
  const services = servicesInText({ intents, claims, nodes: 1 });
  return services.reduce((sum, { load }) => addLoads(sum, load), NO_LOAD);
}

const evil = [1, 2, 3].map((part) => at(`e${part}`, 16, part));
const limits = [{ resource: 'lines', most: 12_000, unit: 'lines of this test' }] as const;

it('estimates a text with what a guard holds, so that nobody new makes it far too large beside that', () => {
  const room = { most: 1e9, limits };
  expect(left(fitNames([...wide, ...evil], room))).toEqual([]);
  const result = fitNames([...wide, ...evil], { ...room, guarded: held(addresses(100, 200)) });
  expect(left(result).length).toBeGreaterThan(0);
  expect(left(result).every((name) => name.startsWith('e'))).toBe(true);
  expect(result.tries).toBe(1);
});

it('counts the rules that a held address repeats', () => {
  const rules = totalOf(wide, held(addresses(10, 200))).lines - totalOf(wide, held([])).lines;
  expect(rules).toBeGreaterThan(10 * 100);
});

it('counts the section of a held backend as it stands', () => {
  const guarded = (lines: number): number => totalOf(wide, held(['10.9.0.1'], lines)).lines;
  expect(guarded(500) - guarded(10)).toBe(490);
});

it('counts the TLS of held servers', () => {
  const { backends, ...guarded } = held(['10.9.0.1']);
  const section = 'backend b\n  server a 10.1.0.11:30080 check ssl verify required ca-file @system-ca';
  const secured = new Map([...backends].map(([key, backend]) => [key, { ...backend, section }]));
  expect(totalOf([], { ...guarded, backends })['tls-servers']).toBe(0);
  expect(totalOf([], { ...guarded, backends: secured })['tls-servers']).toBe(2);
});

it('counts a held backend once, on however many binds it is held', () => {
  const some = totalOf([], held(addresses(1, 200), 500));
  const more = totalOf([], held(addresses(9, 200), 500));
  expect([some.servers, more.servers]).toEqual([1, 1]);
  expect(more.lines - some.lines).toBeLessThan(200);
});

it('counts the backend of who still asks for it, and not the held one', () => {
  const asked = {
    ...intent('old', ['new.test'], 443, 'old'),
    source: { namespace: 'old', service: 'old', port: 'http' },
  };
  const both = totalOf([asked], held(['*'], 500));
  expect(both.servers).toBe(1);
  expect(both.lines).toBeLessThan(100);
});
