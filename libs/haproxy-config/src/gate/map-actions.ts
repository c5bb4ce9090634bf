import { quote } from './quote.ts';

/** Actions on maps and lists, by the number of formats that follow them. */
const FORMATS: ReadonlyMap<string, number> = new Map([
  ['set-map', 2],
  ['del-map', 1],
  ['add-acl', 1],
  ['del-acl', 1],
]);
const ACTION = /^((?:set|del)-map|(?:add|del)-acl)\(/;

/** Findings about a `set-map` or its like with a wrong number of formats, on which `haproxy -c` 2.6 and 3.0 crash. */
export function miscountedFormats(words: readonly string[]): string[] {
  const at = words.findIndex((word, index) => index > 0 && index < 3 && ACTION.test(word));
  if (at < 0) return [];
  const [action = '', ...rest] = words.slice(at);
  const count = FORMATS.get(ACTION.exec(action)?.[1] ?? '') ?? 0;
  const formats = rest.slice(0, count);
  const condition = rest[count];
  const isWhole = formats.length === count && !formats.some((format) => /^(?:if|unless)?$/.test(format));
  if (isWhole && (condition === undefined || /^(?:if|unless)$/.test(condition))) return [];
  return [`${quote(action)} takes ${count === 1 ? 'one format' : `${count} formats`}, and then a condition`];
}
