import type { Decision } from '../decision.ts';

/** Freezes plain values, but not sections, since these parse their lines on first use. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Map || Object.isFrozen(value))
    return value;
  Object.freeze(value);
  for (const [key, each] of Object.entries(value)) if (key !== 'config') deepFreeze(each);
  return value;
}

/** Compares everything but parsed sections, whose texts are compared anyway. */
export function isDeepEqual(a: Decision, b: Decision): boolean {
  const plain = (decision: Decision): string =>
    JSON.stringify(decision, (key, value: unknown) => (key === 'config' ? undefined : value));
  return plain(a) === plain(b);
}
