/** Says what is wrong with a value that came from outside, beginning with the field it is in; undefined where nothing is. */
export type Check = (value: unknown) => string | undefined;

export const aText: Check = (value) => (typeof value === 'string' ? undefined : ' is no text');

export const anInteger: Check = (value) => (Number.isSafeInteger(value) ? undefined : ' is no whole number');

/** One of a few plain values. */
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

/** An object with these fields; further ones are passed over. */
export function objectOf(fields: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return ' is no object';
    for (const [name, check] of Object.entries(fields)) {
      const problem = check((value as Readonly<Record<string, unknown>>)[name]);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}
