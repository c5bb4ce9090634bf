import { inspect } from 'node:util';

const REDACTED = '[redacted]';
const values = new WeakMap<Secret, string>();

/** A text that is printed as `[redacted]` everywhere; only `revealSecret` returns it. */
export interface Secret {
  toString(): string;
  toJSON(): string;
}

/** Wraps a text so that it can't be printed by accident. */
export function secret(value: string): Secret {
  const wrapped: Secret = Object.freeze({
    toString: () => REDACTED,
    toJSON: () => REDACTED,
    [Symbol.toPrimitive]: () => REDACTED,
    [inspect.custom]: () => REDACTED,
  });
  values.set(wrapped, value);
  return wrapped;
}

/** The text of a secret; throws TypeError for an object that `secret` didn't make. */
export function revealSecret(wrapped: Secret): string {
  const value = values.get(wrapped);
  if (value === undefined) throw new TypeError('not a secret');
  return value;
}
