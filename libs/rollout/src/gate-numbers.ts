/** Lines on which HAProxy 2.6 takes a length without looking at it, and dies of a negative one. */
const LINES_WITH_LENGTH = /^(?:capture|declare|stick-table|http-request|http-response|tcp-request|log)$/;
const MOST_TEMPLATE_SERVERS = 1_000;
/** `random(<draws>)`: HAProxy draws so many times for each request, and its watchdog ends it after two seconds. */
const DRAWS = /^random\((?![1-9]\d{0,2}\)$)/;
/** Converters with a length HAProxy 2.6 reckons with unlooked at: it aborts on one of 4294967295. */
const UNPLAIN_CHUNKS =
  /(?:^|[^A-Za-z0-9_])(?:be2hex|be2dec|le2dec)\((?![^,()"'\\]{0,16}(?:,[1-9]\d{0,3}(?:,[01]?)?)?\))/;

/** Numbers that HAProxy takes and doesn't survive. */
export function dangerousNumbers(words: readonly string[]): string[] {
  const [directive = '', second = '', range = ''] = words;
  const findings: string[] = [];
  if (LINES_WITH_LENGTH.test(directive)) {
    const lengths = words.flatMap((word, index) => (word === 'len' ? [words[index + 1] ?? ''] : []));
    findings.push(
      ...lengths
        .filter((length) => !isLength(length))
        .map((length) => `${quote(`len ${length}`)} is no length from 1 to 65535`),
    );
  }
  if (directive === 'server-template' && countTemplate(range) > MOST_TEMPLATE_SERVERS) {
    findings.push(`server-template ${quote(range)}: more than ${MOST_TEMPLATE_SERVERS} servers`);
  }
  if (directive === 'balance' && DRAWS.test(second)) {
    findings.push(`${quote(second)}: not 1 to 999 draws`);
  }
  if (words.some((word) => UNPLAIN_CHUNKS.test(word))) {
    findings.push('be2hex, be2dec and le2dec take chunks of 1 to 9999 bytes');
  }
  return findings;
}

function isLength(text: string): boolean {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;
}

function countTemplate(range: string): number {
  const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
  if (match === null) return Number.POSITIVE_INFINITY;
  return match[2] === undefined ? Number(match[1]) : Number(match[2]) - Number(match[1]) + 1;
}

function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
