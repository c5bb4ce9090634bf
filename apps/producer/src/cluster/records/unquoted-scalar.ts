/**
 * An unquoted scalar that kubectl reads as a boolean or a number, with its text. Every field refuses it, like a boolean
 * or a number; as a key of a mapping it stands for its text, as it would in JSON.
 */
export class UnquotedScalar {
  readonly kind: 'boolean' | 'number';
  readonly text: string;

  constructor(kind: UnquotedScalar['kind'], text: string) {
    this.kind = kind;
    this.text = text;
  }

  /** js-yaml calls this to make a key, unless `Symbol.toStringTag` says that the key is a plain object. */
  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }

  get [Symbol.toStringTag](): string {
    return 'UnquotedScalar';
  }
}
