import type { ServiceRecord } from '@kubefigurator/translator';
import { beforeEach, expect, it } from 'vitest';
import { type Admission, admitServices, type Pace } from './admission.ts';
import type { PaceLimits } from './tokens.ts';
import { service } from './testing/services.ts';

const LIMITS: PaceLimits = { burst: 2, intervalMs: 1_000 };
const HONEST = service('shop/web');
let pace: Pace | undefined;

/** One pass whose text is published. */
function pass(now: number, services: readonly ServiceRecord[], limits = LIMITS): Admission {
  const admission = admitServices(pace, services, { limits, now });
  pace = admission.next;
  return admission;
}
const evil = (hostname: string, nodePort = 31001): ServiceRecord =>
  service('evil/web', { hostname, nodePort });
const hostsOf = ({ services }: Admission, namespace = 'evil'): readonly (string | undefined)[] =>
  services
    .filter((one) => one.namespace === namespace)
    .map(({ annotations }) => annotations.get('haproxy-kubefigurator.http.hostname'));

beforeEach(() => {
  pace = undefined;
  pass(0, [HONEST, evil('e0')]);
});

/** Uses up the burst at the time 0. */
function spend(): void {
  pass(0, [HONEST, evil('e1')]);
  pass(0, [HONEST, evil('e2')]);
}

it('the first list is published as it is', () => {
  expect(pace?.admitted).toHaveLength(2);
  expect(pace?.buckets.size).toBe(0);
});

it('after the burst a namespace waits until its interval is over, and its newest state is published then', () => {
  spend();
  const waits = pass(100, [HONEST, evil('e3')]);
  expect([hostsOf(waits), waits.waiting, waits.waitMs]).toEqual([['e2'], ['evil'], 900]);
  expect(waits.delayed).toEqual(new Map([['evil', new Set(['web'])]]));
  expect(hostsOf(pass(500, [HONEST, evil('e4')]))).toEqual(['e2']);
  const due = pass(1_000, [HONEST, evil('e4')]);
  expect([hostsOf(due), due.waiting]).toEqual([['e4'], []]);
});

it('others go on meanwhile, and so does what nobody reads', () => {
  spend();
  const changed = service('shop/web', { hostname: 'new.example.com' });
  const admission = pass(100, [changed, evil('e3')]);
  expect([hostsOf(admission, 'shop'), hostsOf(admission)]).toEqual([['new.example.com'], ['e2']]);
  const free = service('evil/web', { hostname: 'e2', nodePort: 31001, annotations: { 'x.org/a': '1' } });
  expect(pass(200, [changed, free])).toMatchObject({ waiting: [], services: [changed, free] });
});

it('node ports and ports that nobody serves wait like any other change: each is a publication or a line in the log', () => {
  spend();
  const moved = pass(100, [HONEST, evil('e2', 31002)]);
  expect([moved.waiting, moved.services]).toEqual([['evil'], expect.arrayContaining([evil('e2')])]);
  const [tcp] = evil('e2').ports;
  if (tcp === undefined) throw new Error('a Service without a port');
  const udp = { ...evil('e2'), ports: [tcp, { ...tcp, name: 'dns', protocol: 'UDP' }] };
  expect(pass(200, [HONEST, udp]).waiting).toEqual(['evil']);
});

it('what many Services of a namespace change in one pass is one publication', () => {
  const release = Array.from({ length: 200 }, (_, index) => service(`evil/s${String(index)}`));
  expect(pass(0, [HONEST, evil('e0'), ...release]).waiting).toEqual([]);
  expect(pass(0, [HONEST]).waiting).toEqual([]);
  expect(pass(0, [HONEST, ...release]).waiting).toEqual(['evil']);
});

it('the Services of a namespace wait together, so that none of a pair goes without the other', () => {
  const other = service('evil/other', { hostname: 'o0' });
  pass(0, [HONEST, evil('e1'), other]);
  pass(0, [HONEST, evil('e2'), other]);
  const swapped = [
    HONEST,
    service('evil/web', { hostname: 'o0' }),
    service('evil/other', { hostname: 'e2' }),
  ];
  expect([...hostsOf(pass(100, swapped))].sort()).toEqual(['e2', 'o0']);
  expect(pace?.admitted).toContain(other);
});

it('a Service that comes or goes waits like any other change', () => {
  spend();
  expect(hostsOf(pass(100, [HONEST, evil('e2'), service('evil/new')]))).toEqual(['e2']);
  const gone = pass(200, [HONEST]);
  expect([hostsOf(gone), gone.waiting, gone.waitMs]).toEqual([['e2'], ['evil'], 800]);
});

it('nobody waits without a limit, or while all Services are of one namespace', () => {
  spend();
  expect(pass(10, [HONEST, evil('e3')], { burst: 0, intervalMs: 1_000 }).waiting).toEqual([]);
  pace = undefined;
  for (let index = 0; index < 9; index += 1) expect(pass(0, [evil(`e${String(index)}`)]).waiting).toEqual([]);
});

it('a namespace is named until it has a publication to spare again, and another pass is due for that', () => {
  spend();
  pass(100, [HONEST, evil('e3')]);
  const spent = pass(1_000, [HONEST, evil('e3')]);
  expect([spent.delayed.size, spent.waitMs]).toEqual([1, 1_000]);
  const again = pass(1_100, [HONEST, evil('e4')]);
  expect([again.delayed.size, again.waiting]).toEqual([1, ['evil']]);
  pass(2_000, [HONEST, evil('e4')]);
  const calm = pass(3_000, [HONEST, evil('e4')]);
  expect([calm.delayed.size, calm.waitMs]).toEqual([0, undefined]);
  pass(9_000, [service('shop/web', { hostname: 'later.example.com' }), evil('e4')]);
  expect([...(pace?.buckets.keys() ?? [])]).toEqual(['shop']);
});

it('a namespace that deletes its Services gets no new burst for them', () => {
  pass(0, [HONEST]);
  pass(0, [HONEST, evil('e1')]);
  expect(pass(0, [HONEST]).waiting).toEqual(['evil']);
});

it('who is the only one left is not limited, although another one had Services just now', () => {
  pass(0, [HONEST]);
  for (let index = 0; index < 9; index += 1)
    expect(pass(0, [service('shop/web', { hostname: `h${String(index)}.example.com` })]).waiting).toEqual([]);
  expect(pace?.buckets.has('evil')).toBe(true);
});

it('at most 20 Services of a namespace are named, and none that is gone', () => {
  spend();
  const many = Array.from({ length: 50 }, (_, index) => service(`evil/s${String(index)}`));
  expect(pass(10, [HONEST, evil('e2'), ...many]).delayed.get('evil')?.size).toBe(20);
  expect(pass(20, [HONEST, service('evil/s0')]).delayed.get('evil')).toEqual(new Set(['s0']));
});

it('of two manifests with one name a change of either counts', () => {
  pass(0, [HONEST, evil('e1'), evil('e1')]);
  pass(0, [HONEST, evil('e1'), evil('e2')]);
  expect(pass(0, [HONEST, evil('e1'), evil('e3')]).waiting).toEqual(['evil']);
});
