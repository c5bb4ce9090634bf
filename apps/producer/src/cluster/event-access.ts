import type { Diagnostic } from '@kubefigurator/translator';

/** The uid of an object as it is now; undefined if there is no such object any more. */
export type FindUid = (object: Diagnostic['object']) => string | undefined;

/** Creates Events on the objects that are observed. */
export interface EventAccess {
  readonly uidOf: FindUid;
  /** Throws an `ApiError` if the API server refuses it. */
  readonly create: (event: EventManifest, signal: AbortSignal) => Promise<void>;
}

/** An Event of events.k8s.io/v1 with the fields that the API server requires. */
export interface EventManifest {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** With microseconds, which the API requires. */
  readonly eventTime: string;
  readonly type: 'Warning' | 'Normal';
  readonly reason: string;
  readonly action: 'Translate';
  readonly note: string;
  readonly regarding: {
    readonly apiVersion: 'v1';
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    /** `kubectl describe` finds an object's Events by it. */
    readonly uid: string;
  };
  readonly reportingController: 'kubefigurator.io/producer';
  readonly reportingInstance: string;
}
