const LONGEST = 60;
/** Everything but printable ASCII, and the two characters with a meaning inside quotes. */
const ESCAPED = /[^\x20-\x7e]|["\\]/gu;
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** Quotes a user's text for a message: at most 60 characters, with everything but printable ASCII escaped. */
export function quoteUserText(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  const escaped = short.replace(ESCAPED, escapeCharacter);
  return short === text ? `"${escaped}"` : `"${escaped}…" (${text.length} characters)`;
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (character === '\n') return '\\n';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** An object's name for a message: unchanged if it is a plain name, otherwise quoted and cut. */
export function displayName(name: string): string {
  return PLAIN_NAME.test(name) ? name : quoteUserText(name);
}
