const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A JSON Web Token, also one that is cut.
  [/\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}/g, '[redacted]'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [redacted]'],
  [
    /((?:token|secret|password|passwd|assertion|credential|api[-_]?key)s?["']?\s*[=:]\s*["']?)[^\s"',;&}]{4,}/gi,
    '$1[redacted]',
  ],
  [/(:\/\/)[^\s/@]+@/g, '$1[redacted]@'],
  // Anything long without a space, a slash or a dot between words is rather a key than a word.
  [/(?<![A-Za-z0-9_/-])(?=[A-Za-z0-9+_-]*\d)[A-Za-z0-9+_-]{32,}={0,2}/g, '[redacted]'],
];

/** A text of another program with what looks like a token, a password or a key replaced. */
export function redactTokens(text: string): string {
  return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** Shorter words stand in any text, and are no secrets. */
const SHORTEST_SECRET = 5;

/** A text of another program in which these words are replaced. */
export function redactWords(text: string, words: readonly string[]): string {
  return words
    .filter((word) => word.trim().length >= SHORTEST_SECRET)
    .reduce((rest, word) => rest.replaceAll(word.trim(), '[redacted]'), text);
}

const TIME =
  /^(?:[EWIF]\d{4} )?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?\s+(?:\d+ )?/gm;

/** Log lines without the times at their beginnings, so that the same failure has the same text each time. */
export function withoutLogTimes(text: string): string {
  return text.replace(TIME, '');
}
