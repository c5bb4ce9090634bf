/** HAProxy resolves quotes and backslashes once more inside the arguments of a call. */
export const QUOTING = /["'\\]/g;

/** A variable of the whole process as the first argument of a call; `str` takes a text. */
const FIRST_ARGUMENT = /(?:^|[^A-Za-z0-9_.-])(?!str\()[A-Za-z0-9_.-]+\(\s*proc\./;
const LATER_ARGUMENT = /,\s*proc\./;

/** The fetch that prints all variables (HAProxy 3.3), as a call or at the beginning of an expression in a format. */
const DUMP = /(?:^|[^A-Za-z0-9_.-])dump_all_vars\(|\[\s*dump_all_vars(?![A-Za-z0-9_.-])/;
const BARE_DUMP = /^dump_all_vars(?:,|$)/;
const OPENING = /^!*\{$/;
/** Lines on which names of Services stand. */
const WITH_NAMES = /^(?:use_backend|bind|server|server-template|default-server)$/;
/** The only words of such a line that are followed by an expression. */
const WITH_EXPRESSION: ReadonlySet<string> = new Set(['sni', 'pool-conn-name', 'check-pool-conn-name']);

/**
 * True if a line reads or sets a variable of the whole process. Rules in the host's own files may depend on such a
 * variable, and a later text could read what an earlier one has set.
 */
export function touchesProcessVariables(words: readonly string[]): boolean {
  return (
    words.some(namesProcessVariable) ||
    words.some((word) => DUMP.test(word)) ||
    dumpsWithoutParentheses(words)
  );
}

function namesProcessVariable(word: string): boolean {
  if (!word.includes('(')) return false;
  const plain = word.replace(QUOTING, '');
  const call = plain.search(/[A-Za-z0-9_-]\(/);
  return call >= 0 && (FIRST_ARGUMENT.test(plain) || LATER_ARGUMENT.test(plain.slice(call)));
}

/** True for `dump_all_vars` without parentheses where an expression stands; elsewhere it may be a host name. */
function dumpsWithoutParentheses(words: readonly string[]): boolean {
  let isInCondition = false;
  return words.some((word, index) => {
    const before = words[index - 1] ?? '';
    if (OPENING.test(before)) isInCondition = true;
    if (word === '}') isInCondition = false;
    if (!BARE_DUMP.test(word)) return false;
    return isInCondition ? OPENING.test(before) : isExpression(words, index);
  });
}

function isExpression(words: readonly string[], index: number): boolean {
  const [directive = ''] = words;
  if (directive === 'acl') return index === 2;
  return index > 0 && (!WITH_NAMES.test(directive) || WITH_EXPRESSION.has(words[index - 1] ?? ''));
}
