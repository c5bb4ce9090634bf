import { quoteConfigWord } from './quote.ts';

/** Actions on maps and lists, each with the number of formats that follow it. */
const FORMATS: ReadonlyMap<string, number> = new Map([
  ['set-map', 2],
  ['del-map', 1],
  ['add-acl', 1],
  ['del-acl', 1],
]);
const ACTION = /^((?:set|del)-map|(?:add|del)-acl)\(/;

const CONDITION = /^(?:if|unless)$/;

/** Findings about a `set-map` or its like with a wrong number of formats, on which `haproxy -c` 2.6 and 3.0 crash. */
export function miscountedFormats(words: readonly string[]): string[] {
  const at = words.findIndex((word, index) => index > 0 && index < 3 && ACTION.test(word));
  if (at < 0) return [];
  const [action = '', ...rest] = words.slice(at);
  const count = FORMATS.get(ACTION.exec(action)?.[1] ?? '') ?? 0;
  return countFormats(rest) === count
    ? []
    : [
        `${quoteConfigWord(action)} takes ${count === 1 ? 'one format' : `${count} formats`}, and then a condition`,
      ];
}

/** The words before the condition; HAProxy reads an empty word as the end of the line. */
function countFormats(words: readonly string[]): number {
  const found = words.findIndex((word) => word === '' || CONDITION.test(word));
  return found < 0 ? words.length : found;
}
