/** A file that dynamic.cfg names. It never changes: other content gets another name. */
export interface ReleaseFile {
  /** SHA-256 of the content in hex, and an extension: `<64 hex digits>.crt-list`. */
  readonly name: string;
  readonly content: string;
}
