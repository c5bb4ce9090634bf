/** What looks like a secret in any text. */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A JSON Web Token, also one whose end is missing.
  [/\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}/g, '[redacted]'],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, '$1 [redacted]'],
  [
    /((?:token|secret|password|passwd|assertion|credential|api[-_]?key)s?["']?\s*[=:]\s*["']?)[^\s"',;&}]{4,}/gi,
    '$1[redacted]',
  ],
  // User and password of a URL.
  [/(:\/\/)[^\s/@]+@/g, '$1[redacted]@'],
  // A run of 32 or more letters, digits, +, _ and -, with a digit in it, is more likely a key than a word.
  [/(?<![A-Za-z0-9_/-])(?=[A-Za-z0-9+_-]*\d)[A-Za-z0-9+_-]{32,}={0,2}/g, '[redacted]'],
];

/** A text of another program with what looks like a token, a password or a key replaced. */
export function redactTokens(text: string): string {
  return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

/** In characters. Shorter words occur in any text by chance, and redacting them would make it unreadable. */
const SHORTEST_SECRET = 5;

/** A text of another program in which these words are replaced. */
export function redactWords(text: string, words: readonly string[]): string {
  return words
    .filter((word) => word.trim().length >= SHORTEST_SECRET)
    .reduce((rest, word) => rest.replaceAll(word.trim(), '[redacted]'), text);
}

/** The time at the beginning of a log line, also klog's severity and day before it (`E0102 `) and thread id after it. */
const TIME =
  /^(?:[EWIF]\d{4} )?(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?\s+(?:\d+ )?/gm;

/** Log lines without the times at their beginnings, so that the same failure has the same text each time. */
export function withoutLogTimes(text: string): string {
  return text.replace(TIME, '');
}
