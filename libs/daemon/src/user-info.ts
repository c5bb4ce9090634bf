/** A `@` inside of a password needn't be encoded for the parsers of URLs, so the last one before a blank ends the user info. */
const IN_TEXT = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"<>]*@/gi;

/** Any text without users and passwords in its URLs; a path with a `@` is cut as well. */
export function withoutUserInfo(text: string): string {
  return text.includes('@') ? text.replace(IN_TEXT, '$1') : text;
}

/** An address that somebody wrote, with or without a scheme, and without user and password. */
export function addressWithoutUserInfo(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/+|https?:)?.*@/is, '$1');
}
