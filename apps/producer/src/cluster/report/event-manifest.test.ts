import { describe, expect, it } from 'vitest';
import type { Announcement } from './announcements.ts';
import { eventManifestOf } from './event-manifest.ts';

const AT = new Date('2026-01-31T12:00:00.250Z');
const CONTEXT = { instance: 'producer-7c9f', at: AT };
const broken: Announcement = {
  kind: 'appeared',
  uid: 'u1',
  diagnostic: {
    code: 'invalid-value',
    severity: 'error',
    object: { kind: 'Service', namespace: 'shop', name: 'web' },
    port: 'http',
    message: 'listen-port must be a number',
  },
};
const nameOf = (one: Announcement, context = {}): string =>
  eventManifestOf(one, { ...CONTEXT, ...context }).metadata.name;
const changed = (change: Partial<Announcement['diagnostic']>): Announcement => ({
  ...broken,
  diagnostic: { ...broken.diagnostic, ...change },
});

describe('an Event', () => {
  it('says on a Service, in its namespace, what is wrong', () => {
    expect(eventManifestOf(broken, CONTEXT)).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/) as string, namespace: 'shop' },
      eventTime: '2026-01-31T12:00:00.250000Z',
      type: 'Warning',
      reason: 'InvalidValue',
      action: 'Translate',
      note: 'port http: listen-port must be a number',
      regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' },
      reportingController: 'kubefigurator.io/producer',
      reportingInstance: 'producer-7c9f',
    });
  });

  it('says that it is mended', () => {
    expect(eventManifestOf({ ...broken, kind: 'resolved' }, CONTEXT)).toMatchObject({
      type: 'Normal',
      reason: 'InvalidValueResolved',
      note: 'resolved: port http: listen-port must be a number',
    });
  });

  it('on a Node is in the namespace default, since a Node has no namespace', () => {
    const node: Announcement = {
      kind: 'appeared',
      uid: 'u2',
      diagnostic: {
        code: 'node-without-address',
        severity: 'warning',
        object: { kind: 'Node', name: 'worker-a' },
        message: 'no IPv6 address',
      },
    };
    const event = eventManifestOf(node, CONTEXT);
    expect(event.metadata.namespace).toBe('default');
    expect(event.regarding).toEqual({ apiVersion: 'v1', kind: 'Node', name: 'worker-a', uid: 'u2' });
    expect(event.note).toBe('no IPv6 address');
  });

  it('has the same name for the same content, whoever says it and when', () => {
    expect(nameOf(broken)).toBe(nameOf(broken, { instance: 'other', at: new Date(0) }));
    const names = [
      nameOf(broken),
      nameOf({ ...broken, kind: 'resolved' }),
      nameOf({ ...broken, uid: 'u9' }),
      nameOf(changed({ code: 'unknown-option' })),
      nameOf(changed({ port: 'https' })),
      nameOf(changed({ message: 'other' })),
      nameOf(broken, { again: true }),
      nameOf(broken, { again: true, at: new Date(0) }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it('stays within what the API server takes', () => {
    const { object } = broken.diagnostic;
    const long = changed({ message: '€'.repeat(500), object: { ...object, name: `${'a'.repeat(199)}-.b` } });
    const event = eventManifestOf(long, { at: AT, instance: 'h'.repeat(200) });
    expect(Buffer.byteLength(event.note)).toBeLessThanOrEqual(1024);
    expect(event.note).toMatch(/^port http: €+…$/);
    expect(event.metadata.name).toMatch(/^a{199}\.[0-9a-f]{16}$/);
    expect(event.reportingInstance).toHaveLength(128 - 3 + 1);
    expect(eventManifestOf(broken, { at: AT, instance: '' }).reportingInstance).toBe('unknown');
  });
});
