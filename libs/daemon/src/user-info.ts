/** Parsers of URLs accept a password with a plain `@` in it, so the last `@` before a blank ends the user info. */
const IN_TEXT = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s"<>]*@/gi;

/** Any text without users and passwords in its URLs; a path with a `@` is cut as well. */
export function withoutUserInfo(text: string): string {
  return text.includes('@') ? text.replace(IN_TEXT, '$1') : text;
}

/** An address that somebody wrote, without user and password; its scheme stays, also one with too few or many slashes. */
export function addressWithoutUserInfo(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/+|https?:)?.*@/is, '$1');
}
