import { OperatorError, secret, type Secret } from '@kubefigurator/daemon';

/** A mapping of a kubeconfig whose fields are read one by one; a wrong type throws an OperatorError that quotes no value. */
export interface Fields {
  /** Undefined if the field is absent, null or empty. */
  readonly text: (name: string) => string | undefined;
  readonly secret: (name: string) => Secret | undefined;
  /** False if the field is absent or null. */
  readonly flag: (name: string) => boolean;
  readonly texts: (name: string) => readonly string[];
  /** An absent mapping is an empty one. */
  readonly fields: (name: string) => Fields;
  /** False for null, too. */
  readonly has: (name: string) => boolean;
  /** An absent list is an empty one. */
  readonly list: (name: string) => readonly Fields[];
  /** The names of all fields. */
  readonly names: () => readonly string[];
  /** The value as it is; undefined for null. */
  readonly raw: (name: string) => unknown;
}

/** The fields of a mapping; `place` names it in messages, such as `user "u"`. */
export function kubeconfigFields(value: unknown, file: string, place: string): Fields {
  if (!isMapping(value ?? {})) throw wrong(file, place, 'a mapping');
  const mapping = (value ?? {}) as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (place === '' ? name : `${name} of ${place}`);
  // Null becomes undefined.
  const raw = (name: string): unknown => mapping[name] ?? undefined;
  const text = (name: string): string | undefined => {
    const found = raw(name);
    if (found === undefined || found === '') return undefined;
    if (typeof found !== 'string') throw wrong(file, at(name), 'a text', 'put it in quotes');
    return found;
  };
  const list = (name: string): readonly unknown[] => {
    const found = raw(name) ?? [];
    if (!Array.isArray(found)) throw wrong(file, at(name), 'a list');
    return found;
  };
  return {
    raw,
    text,
    secret: (name) => {
      const found = text(name);
      return found === undefined ? undefined : secret(found);
    },
    flag: (name) => {
      const found = raw(name) ?? false;
      if (typeof found !== 'boolean') throw wrong(file, at(name), 'true or false');
      return found;
    },
    texts: (name) =>
      list(name).map((one) => {
        if (typeof one !== 'string') throw wrong(file, at(name), 'a list of texts', 'put each in quotes');
        return one;
      }),
    fields: (name) => kubeconfigFields(raw(name), file, at(name)),
    has: (name) => raw(name) !== undefined,
    list: (name) =>
      list(name).map((one, index) => kubeconfigFields(one, file, `${at(name)}, entry ${index + 1}`)),
    names: () => Object.keys(mapping),
  };
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(file: string, what: string, right: string, hint = 'correct it'): OperatorError {
  return new OperatorError(`the kubeconfig ${file} is wrong: ${what} is not ${right}`, { hint });
}
