/**
 * Checks a value from outside the program; returns undefined if it is valid, else what follows the value's name in a
 * sentence: ` is no text`, or `.<field> is no text` for a part of it.
 */
export type Check = (value: unknown) => string | undefined;

export const aText: Check = (value) => (typeof value === 'string' ? undefined : ' is no text');

export const anInteger: Check = (value) => (Number.isSafeInteger(value) ? undefined : ' is no whole number');

/** A value that is one of these. */
export function oneOf(values: readonly unknown[]): Check {
  return (value) => (values.includes(value) ? undefined : ` is none of ${values.join(', ')}`);
}

/** A field that may be absent. */
export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

export function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return ' is no list';
    for (const [index, item] of value.entries()) {
      const problem = check(item);
      if (problem !== undefined) return `[${index}]${problem}`;
    }
    return undefined;
  };
}

/** An object with these fields; further fields are accepted and not checked. */
export function objectOf(fields: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (!isObject(value)) return ' is no object';
    for (const [name, check] of Object.entries(fields)) {
      const problem = check(value[name]);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}

/** An object in which every field, whatever its name, passes the same check. */
export function mapOf(check: Check): Check {
  return (value) => {
    if (!isObject(value)) return ' is no object';
    const names = Object.keys(value);
    return objectOf(Object.fromEntries(names.map((name) => [name, check])))(value);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
