import { expect, it } from 'vitest';
import { concernsUs, normalizeService, serviceKey } from './normalize.ts';
import { createRecordStore, type RecordStore } from './record-store.ts';

const OURS = { 'haproxy-kubefigurator.enabled': 'yes' };
const service = (uid: string, labels: Readonly<Record<string, string>> = OURS): object => ({
  metadata: { namespace: 'shop', name: 'web', uid, labels },
});

function store(): RecordStore<unknown> {
  return createRecordStore({
    normalize: normalizeService,
    key: serviceKey,
    concerns: concernsUs,
    onUnreadable: () => undefined,
  });
}

it('knows the uid of an object, which makes no difference by itself', () => {
  const services = store();
  expect(services.set(service('u1'))).toBe(true);
  expect(services.set(service('u2'))).toBe(false);
  expect(services.uid('shop/web')).toBe('u2');
  const listed = services.replace();
  listed.take(service('u3'));
  expect(listed.commit()).toBe(false);
  expect(services.uid('shop/web')).toBe('u3');
});

it('knows it as long as the object is there, also without our label', () => {
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

it('forgets it with an object that is no longer listed', () => {
  const services = store();
  services.set(service('u1'));
  services.replace().commit();
  expect(services.uid('shop/web')).toBeUndefined();
});
