/**
 * A scalar of YAML that isn't a string for kubectl, with the words in which it is written. No field takes it, so that it
 * is refused like a boolean or a number; as a key it is its text, as it would be in JSON.
 */
export class UnquotedScalar {
  readonly kind: 'boolean' | 'number';
  readonly text: string;

  constructor(kind: UnquotedScalar['kind'], text: string) {
    this.kind = kind;
    this.text = text;
  }

  /** js-yaml calls it for a key, unless `Symbol.toStringTag` says that the key is a plain object. */
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
