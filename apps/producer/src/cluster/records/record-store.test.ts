import { describe, expect, it } from 'vitest';
import { type ClusterRecord, RECORD_KINDS, type RecordKind } from './record-kinds.ts';
import { createRecordStore, type RecordStore, type UnreadableObject } from './record-store.ts';

const OURS = { 'haproxy-kubefigurator.enabled': 'yes' };
const service = (uid: string, labels: Readonly<Record<string, string>> = OURS): object => ({
  metadata: { namespace: 'shop', name: 'web', uid, labels },
});

function kindOf(name: string): RecordKind<ClusterRecord> {
  const found = RECORD_KINDS.find(({ kind }) => kind === name);
  if (found === undefined) throw new Error(`there is no kind ${name}`);
  return found;
}

function store(
  kind = 'Service',
  onUnreadable: (object: UnreadableObject) => void = () => undefined,
): RecordStore<ClusterRecord> {
  return createRecordStore(kindOf(kind), onUnreadable);
}

describe('the uid of an object', () => {
  it('is known, and a new one is a change: it decides between Services created in the same second', () => {
    const services = store();
    expect(services.set(service('u1'))).toBe(true);
    expect(services.set(service('u2'))).toBe(true);
    expect(services.set(service('u2'))).toBe(false);
    expect(services.uid('shop/web')).toBe('u2');
    const listed = services.replace();
    listed.take(service('u3'));
    expect(listed.commit()).toBe(true);
    expect(services.uid('shop/web')).toBe('u3');
  });

  it('is known as long as the object exists, also without our label', () => {
    const services = store();
    services.set(service('u1', {}));
    expect(services.uid('shop/web')).toBeUndefined();
    services.set(service('u1'));
    expect(services.set(service('u1', {}))).toBe(true);
    const listed = services.replace();
    listed.take(service('u1', {}));
    listed.commit();
    expect({ size: services.size(), uid: services.uid('shop/web') }).toEqual({ size: 0, uid: 'u1' });
    services.remove(service('u1', {}));
    expect(services.uid('shop/web')).toBeUndefined();
  });

  it('is forgotten with an object that is no longer listed', () => {
    const services = store();
    services.set(service('u1'));
    services.replace().commit();
    expect(services.uid('shop/web')).toBeUndefined();
  });
});

describe('how many records a Service is that has a label, or an annotation, with a key', () => {
  // Without the enabling label, the only annotation that is warned of is one that was meant as that label.
  it.each([
    ['of ours in small letters', 'haproxy-kubefigurator.enabled', 1, 1],
    ['of ours in capitals', 'HAPROXY-KUBEFIGURATOR.ENABLED', 1, 1],
    ['of ours with one capital', 'haproxy-Kubefigurator.hostname', 1, 0],
    ['of ours with another separator', 'haproxy-kubefigurator-enabled', 1, 0],
    ['of another program', 'haproxy-kubernetes.enabled', 0, 0],
  ])('%s, %s: %i, %i', (_name, key, ofLabel, ofAnnotation) => {
    for (const [field, size] of [
      ['labels', ofLabel],
      ['annotations', ofAnnotation],
    ] as const) {
      const services = store();
      services.set({ metadata: { namespace: 'shop', name: 'web', [field]: { [key]: 'yes' } } });
      expect(services.size()).toBe(size);
      const listed = services.replace();
      listed.take({ metadata: { namespace: 'shop', name: 'web', [field]: { [key]: 'yes' } } });
      listed.commit();
      expect(services.size()).toBe(size);
    }
  });
});

const UNREADABLE: readonly (readonly [kind: string, what: string, change: (object: Whole) => object])[] = [
  ['Service', 'spec', (object) => ({ ...object, spec: { ports: 'none' } })],
  ['Service', 'a label', ({ metadata }) => ({ metadata: { ...metadata, labels: { a: 1 } } })],
  ['Service', 'its namespace', ({ metadata }) => ({ metadata: { ...metadata, namespace: 7 } })],
  ['Service', 'its name', ({ metadata }) => ({ metadata: { ...metadata, name: 7 } })],
  ['Node', 'status', (object) => ({ ...object, status: { addresses: 'none' } })],
  ['Node', 'a label', ({ metadata }) => ({ metadata: { ...metadata, labels: { a: 1 } } })],
  ['Node', 'its name', ({ metadata }) => ({ metadata: { ...metadata, name: null } })],
];
interface Whole {
  readonly metadata: Readonly<Record<string, unknown>>;
}
const whole = (name: string): Whole => ({
  metadata: { namespace: 'shop', name, uid: `uid-of-${name}`, labels: OURS },
});

describe.each(UNREADABLE)('a %s of which %s can’t be read', (kind, _what, change) => {
  const key = (name: string): string => (kind === 'Node' ? name : `shop/${name}`);
  const broken = change(whole('web'));
  let reports: UnreadableObject[];
  function known(...names: readonly string[]): RecordStore<ClusterRecord> {
    reports = [];
    const records = store(kind, (object) => reports.push(object));
    for (const name of names) records.set(whole(name));
    return records;
  }
  const names = (records: RecordStore<ClusterRecord>): string[] =>
    [...records.records()].map(({ name }) => name).sort();

  it('keeps its record and uid through an event and through a list', () => {
    const records = known('web');
    const [before] = records.records();
    expect(records.set(broken)).toBe(false);
    const listed = records.replace();
    listed.take(broken);
    expect(listed.commit()).toBe(false);
    expect([...records.records()]).toEqual([before]);
    expect(records.uid(key('web'))).toBe('uid-of-web');
    expect(reports).toMatchObject([
      { key: key('web'), kept: true },
      { key: key('web'), kept: true },
    ]);
  });

  it('keeps them through a list that is started over, between others that come and go', () => {
    const records = known('gone', 'web');
    const listed = records.replace();
    listed.take(whole('withdrawn'));
    listed.take(broken);
    listed.restart();
    listed.take(whole('new'));
    listed.take(broken);
    expect(listed.commit()).toBe(true);
    expect(names(records)).toEqual(['new', 'web']);
    expect(records.uid(key('gone'))).toBeUndefined();
  });

  it('is dropped with a list that doesn’t contain it, and with its deletion', () => {
    const records = known('web', 'shop');
    records.set(broken);
    const listed = records.replace();
    listed.take(whole('shop'));
    expect(listed.commit()).toBe(true);
    expect(names(records)).toEqual(['shop']);
    expect(records.uid(key('web'))).toBeUndefined();
    records.set(whole('web'));
    expect(records.remove(broken)).toBe(true);
    expect(names(records)).toEqual(['shop']);
  });

  it('has no record if it could never be read', () => {
    const records = known();
    expect(records.set(broken)).toBe(false);
    const listed = records.replace();
    listed.take(broken);
    expect(listed.commit()).toBe(false);
    expect([records.size(), records.uid(key('web'))]).toEqual([0, undefined]);
    expect(reports.every(({ kept }) => !kept)).toBe(true);
  });

  it('is read again once it is mended', () => {
    const records = known('web');
    records.set(broken);
    const { metadata } = whole('web');
    expect(
      records.set({
        metadata: { ...metadata, labels: { ...OURS, 'haproxy-kubefigurator.another': 'label' } },
      }),
    ).toBe(true);
    expect(records.size()).toBe(1);
  });
});

describe('an object without a readable name or uid', () => {
  it('may be any object, so a list with it drops only what it shows to be without our label', () => {
    const services = store();
    for (const name of ['a', 'b', 'c']) services.set(whole(name));
    const listed = services.replace();
    listed.take({ metadata: 'none' });
    listed.take(whole('a'));
    listed.take({ metadata: { ...whole('b').metadata, labels: {} } });
    expect(listed.commit()).toBe(true);
    expect([...services.records()].map(({ name }) => name)).toEqual(['a', 'c']);
    expect([services.uid('shop/b'), services.uid('shop/c')]).toEqual(['uid-of-b', 'uid-of-c']);
  });

  it('can’t be removed: only a list shows which one it was', () => {
    const services = store();
    services.set(whole('a'));
    expect(() => services.remove({ metadata: {} })).toThrow('metadata.name is missing');
    expect(services.size()).toBe(1);
  });
});
