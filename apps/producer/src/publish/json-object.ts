/** An array counts as one, too: it has none of the fields that are looked for. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The fields of a JSON object; none if the text is anything else, since a person may have written it to etcd. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT[\d:.]{5,20}Z$/;

/** True for a time as `toISOString` gives it. */
export function isTimestamp(value: unknown): value is string {
  return typeof value === 'string' && TIMESTAMP.test(value);
}
