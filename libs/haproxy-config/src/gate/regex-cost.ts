/*
 * A request can be written so that PCRE has to try every way in which a regex may match it. The time grows
 *   - with 2 to the power of the length for a repetition within a repetition, such as (a+)+: refused;
 *   - with the length to the power of n for n repetitions of which none knows where it ends, such as .*a.*b: at most 3.
 *     Over 15,000 characters, 3 take 0.15 s and 4 take 1.8 s (HAProxy 2.6 to 3.2, PCRE2 with JIT).
 */

/** What a regex costs in the worst case. */
export type RegexCost =
  | { readonly kind: 'refused'; readonly reason: string }
  /**
   * `ambiguous` counts the repetitions that may end at several places: what follows could also be repeated once more.
   * In [^,]*, the comma tells the end; in .*, it doesn't.
   */
  | { readonly kind: 'taken'; readonly ambiguous: number };

const MOST_AMBIGUOUS = 3;
/** A {m,n} with this n, or more, counts as a loop: it costs as much as *. */
const LEAST_LOOP = 4;
/** So many `?`, or other choices, count as one ambiguous repetition. */
const OPTIONAL = 8;
/** In characters. */
const LONGEST_REGEX = 1_024;
/** How deep groups may be nested. */
const DEEPEST = 5;

/** One character, class or group, with what repeats it. */
interface Atom {
  /** The regex of a character or class; undefined for a group. */
  readonly source: string | undefined;
  readonly group: Group | undefined;
  repeat: Repeat;
}
/** `variable`: it may match a few times, as with ? or {1,3}; `loop`: any number of times, as with *, or many times. */
type Repeat = 'once' | 'variable' | 'loop';

interface Group {
  readonly alternatives: Atom[][];
}

/**
 * One piece of a regex. In this order: escapes (of two or more characters), classes in brackets, the beginning of a group,
 * other parentheses and `|`, repetitions (also lazy and possessive ones), and any other character.
 */
const TOKEN =
  /\\[QE]|\\[pP]\{[^}]{0,64}\}|\\x\{[^}]{0,16}\}|\\x[0-9A-Fa-f]{0,2}|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*(?:\]|\\?$)|\(\?(?:[:>=!]|<[=!]|P?<\w+>|[a-zA-Z^-]+[:)])?|[()|]|[*+?][?+]?|\{\d*,?\d*\}[?+]?|[\s\S]/g;

/** Judges a regex, in a time that grows with its length only. */
export function regexCost(regex: string): RegexCost {
  if (regex.length > LONGEST_REGEX) return refuse(`it is longer than ${LONGEST_REGEX} characters`);
  const root = parse(regex);
  if (root === undefined) return refuse(`its groups don't match, or are nested deeper than ${DEEPEST}`);
  if (hasNestedLoop(root))
    return refuse('it repeats what can be repeated in several ways, such as (a+)+ or (a|a)*');
  const optional = countOptional(root);
  const ambiguous = countAmbiguous(root) + Math.floor(optional / OPTIONAL);
  return ambiguous > MOST_AMBIGUOUS
    ? refuse(
        `it has more than ${MOST_AMBIGUOUS} repetitions that can end at several places, such as .* before a letter`,
      )
    : { kind: 'taken', ambiguous };
}

function refuse(reason: string): RegexCost {
  return { kind: 'refused', reason };
}

/** Undefined if the parentheses don't match, or are nested too deep. */
function parse(regex: string): Group | undefined {
  const root: Group = { alternatives: [[]] };
  const open = [root];
  for (const [token] of regex.matchAll(TOKEN)) {
    const group = open.at(-1);
    if (group === undefined || open.length > DEEPEST + 1) return undefined;
    if (token === ')') open.pop();
    else if (token.startsWith('(') && !token.endsWith(')')) open.push(addGroup(group));
    else if (token === '|') group.alternatives.push([]);
    else addToken(group, token);
  }
  return open.length === 1 ? root : undefined;
}

function addGroup(parent: Group): Group {
  const group: Group = { alternatives: [[]] };
  parent.alternatives.at(-1)?.push({ source: undefined, group, repeat: 'once' });
  return group;
}

function addToken(group: Group, token: string): void {
  const atoms = group.alternatives.at(-1) ?? [];
  const last = atoms.at(-1);
  const repeat = repeatOf(token);
  if (repeat === undefined) {
    // An anchor, a word boundary, \Q, \E or a setting such as (?i) matches no character.
    if (!/^(?:[$^]|\\[bBAzZGQE]|\(\?.*)$/.test(token))
      atoms.push({ source: token, group: undefined, repeat: 'once' });
  } else if (last !== undefined) {
    last.repeat = repeat;
  }
}

/** Undefined if the token isn't a repetition. */
function repeatOf(token: string): Repeat | undefined {
  if (/^[*+]/.test(token)) return 'loop';
  if (token.startsWith('?')) return 'variable';
  const [, least, comma, most] = /^\{(\d*)(,?)(\d*)\}/.exec(token) ?? [];
  if (least === undefined) return undefined;
  const highest = most === '' && comma === ',' ? Infinity : Number(most || least);
  if (comma === '') return 'once';
  return highest >= LEAST_LOOP ? 'loop' : 'variable';
}

function groupsOf({ alternatives }: Group): Atom[] {
  return alternatives.flat().filter(({ group }) => group !== undefined);
}

function hasNestedLoop(group: Group): boolean {
  return groupsOf(group).some(({ group: inner, repeat }) => {
    if (inner === undefined) return false;
    return (repeat === 'loop' && isAmbiguousBody(inner)) || hasNestedLoop(inner);
  });
}

/** How many parts may take more or less of a text, at any depth: a?, (?:a)?, and a choice such as (?:a|aa). */
function countOptional({ alternatives }: Group): number {
  return alternatives.flat().reduce((sum, { repeat, group }) => {
    const isChoice = group !== undefined && !haveOwnFirsts(group);
    const own = repeat === 'variable' || isChoice ? 1 : 0;
    return sum + own + (group === undefined ? 0 : countOptional(group));
  }, 0);
}

/** True if the first character of a text tells which alternative of a group can match it. */
function haveOwnFirsts({ alternatives }: Group): boolean {
  if (alternatives.length < 2) return true;
  const firsts = alternatives.map(([first]) => literalOf(first)?.toLowerCase());
  return !firsts.includes(undefined) && new Set(firsts).size === firsts.length;
}

/**
 * True if a text can be split into repetitions of the group in more than one way: `aa` is (a+)(a+) twice, or once. Not so
 * if each repetition begins or ends with a character that nothing else in the group matches, as in (,[^,]+)+.
 */
function isAmbiguousBody(group: Group): boolean {
  const variable = variableAtoms(group);
  if (group.alternatives.length > 1) return !haveOwnFirsts(group) || variable.length > 0;
  const [atoms = []] = group.alternatives;
  if (variable.length === 0) return atoms.length === 0;
  return ![atoms[0], atoms.at(-1)].some((border) => {
    const literal = literalOf(border);
    return literal !== undefined && variable.every((atom) => !canMatch(atom, literal));
  });
}

/** What can take different parts of a text within one repetition: what is repeated, and all of what has alternatives. */
function variableAtoms({ alternatives }: Group): Atom[] {
  return alternatives.flat().flatMap((atom) => {
    if (atom.group === undefined) return atom.repeat === 'once' ? [] : [atom];
    const inner = atom.repeat === 'once' ? variableAtoms(atom.group) : everyAtom(atom.group);
    return atom.group.alternatives.length > 1 ? everyAtom(atom.group) : inner;
  });
}

function everyAtom({ alternatives }: Group): Atom[] {
  return alternatives.flat().flatMap((atom) => (atom.group === undefined ? [atom] : everyAtom(atom.group)));
}

/** The one character that an atom stands for; undefined if it is repeated, or stands for several. */
function literalOf(atom: Atom | undefined): string | undefined {
  if (atom?.source === undefined || atom.repeat !== 'once') return undefined;
  const [, escaped] = /^\\([^A-Za-z0-9])$/.exec(atom.source) ?? [];
  return escaped ?? (/^[^\\.[\]]$/.test(atom.source) ? atom.source : undefined);
}

/** True if the atom matches the character, in upper or lower case, or if the atom isn't understood. */
function canMatch({ source }: Atom, character: string): boolean {
  if (source === undefined) return true;
  if (source.length === 1 && source !== '.') return source.toLowerCase() === character.toLowerCase();
  const pattern = compiled.get(source) ?? compileRegex(source);
  compiled.set(source, pattern);
  return pattern === 'unknown' || pattern.test(character);
}

/** Compiled classes of earlier regexes, since compiling takes longer than everything else here. */
const compiled = new Map<string, RegExp | 'unknown'>();

function compileRegex(source: string): RegExp | 'unknown' {
  if (compiled.size > 1_000) compiled.clear();
  try {
    return new RegExp(`^(?:${source})$`, 'is');
  } catch {
    return 'unknown';
  }
}

/** The ambiguous repetitions of the alternative with most of them; `next` stands behind the group. */
function countAmbiguous({ alternatives }: Group, next?: Atom): number {
  return Math.max(0, ...alternatives.map((atoms) => countInSequence(atoms, next)));
}

function countInSequence(atoms: readonly Atom[], behind: Atom | undefined): number {
  return atoms.reduce((sum, { group, repeat, ...atom }, index) => {
    const next = atoms[index + 1] ?? behind;
    if (group !== undefined) {
      // What follows a repeated group is the group itself or the next atom.
      const inner = countAmbiguous(group, repeat === 'once' ? next : undefined);
      return sum + inner + (repeat === 'loop' ? 1 : 0);
    }
    if (repeat !== 'loop') return sum;
    const literal = literalOf(next);
    return literal !== undefined && !canMatch({ ...atom, group, repeat }, literal) ? sum : sum + 1;
  }, 0);
}
