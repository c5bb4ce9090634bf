import { UnquotedScalar } from './unquoted-scalar.ts';

/** A field of a Kubernetes object that isn't what the API says it is. */
export class FieldError extends Error {
  /** The field, as `kubectl explain` spells it: `spec.ports[0].port`. */
  readonly path: string;
  /** The last key of the path, as it is written in the manifest. */
  readonly key: string;

  private readonly problem: string;

  constructor(path: string, problem: string, subject = '') {
    super(`${subject}${path} ${problem}`);
    this.name = 'FieldError';
    this.path = path;
    this.problem = problem;
    // `a.b` of `metadata.labels["a.b"]`, and `ports` of `spec.ports[0]`.
    this.key = /\["(.*)"\]$/.exec(path)?.[1] ?? path.replace(/\[\d+\]$/, '').replace(/^.*\./, '');
  }

  /** The same error, which names the object too: `Service shop/web`. */
  of(object: string): FieldError {
    return new FieldError(this.path, this.problem, `${object}: `);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; none if it is absent or null, which the API server treats alike. */
export function objectFields(value: unknown, path: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof UnquotedScalar)
    throw new FieldError(path, 'must be a mapping');
  return value as Fields;
}

/** The entries of a list; none if it is absent or null. */
export function listField(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new FieldError(path, 'must be a list');
  return value;
}

/** A string; undefined if it is absent, null or empty. */
export function textField(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw new FieldError(path, notText(value));
  return value;
}

/** A string that is required. */
export function requiredTextField(value: unknown, path: string): string {
  const text = textField(value, path);
  if (text === undefined) throw new FieldError(path, 'is missing');
  return text;
}

/** A port number from 1 to 65535; undefined if it is absent, null or 0. */
export function portField(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 65535)
    throw new FieldError(path, `must be a number from 1 to 65535, not ${show(value)}`);
  return value;
}

/**
 * The labels or annotations whose keys are wanted; a null value is an empty one. A Map, because users choose the keys,
 * and `__proto__` must be a key like any other.
 */
export function textMapField(
  value: unknown,
  path: string,
  isWanted: (key: string) => boolean = () => true,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const [key, entry] of Object.entries(objectFields(value, path))) {
    if (entry !== null && typeof entry !== 'string')
      throw new FieldError(`${path}["${key}"]`, notText(entry));
    if (isWanted(key)) map.set(key, entry ?? '');
  }
  return map;
}

/** Why a value isn't a string: without quotes, YAML reads numbers and some words as another type. */
function notText(value: unknown): string {
  const kind = value instanceof UnquotedScalar ? value.kind : typeof value;
  const why = kind === 'boolean' || kind === 'number' ? `, since without them it is a ${kind}` : '';
  return `must be a string: put ${show(value)} in quotes${why}`;
}

function show(value: unknown): string {
  if (typeof value === 'number' || value instanceof UnquotedScalar) return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
