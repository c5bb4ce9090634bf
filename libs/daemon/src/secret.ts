import { inspect } from 'node:util';

const REDACTED = '[redacted]';
const values = new WeakMap<Secret, string>();

/** A text that shows itself as `[redacted]` wherever it is printed; only `reveal` gives it back. */
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

/** The text inside; throws for an object that `secret` didn't make. */
export function reveal(wrapped: Secret): string {
  const value = values.get(wrapped);
  if (value === undefined) throw new TypeError('not a secret');
  return value;
}
