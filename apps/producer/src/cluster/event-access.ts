import type { Diagnostic } from '@kubefigurator/translator';

/** The uid of an object as it is now; undefined if there is no such object any more. */
export type FindUid = (object: Diagnostic['object']) => string | undefined;

/** What is needed to create Events on the objects that are observed. */
export interface EventAccess {
  readonly uidOf: FindUid;
  /** Rejects with an `ApiError` if the API server refuses the Event, and with another error if no answer comes. */
  readonly create: (event: EventManifest, signal: AbortSignal) => Promise<void>;
}

/** An Event of events.k8s.io/v1 with the fields that the API server requires. */
export interface EventManifest {
  readonly apiVersion: 'events.k8s.io/v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** In RFC 3339 with six decimals (microseconds), which the API requires. */
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
    /** `kubectl describe` finds an object's Events by this uid. */
    readonly uid: string;
  };
  readonly reportingController: 'kubefigurator.io/producer';
  readonly reportingInstance: string;
}
