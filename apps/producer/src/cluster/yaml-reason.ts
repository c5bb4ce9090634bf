/** The part of a js-yaml 4 reason that quotes the text (an alias, a tag, its handle or prefix), to the end. */
const QUOTED = /(?:(?: for| with)? (?:"|!<)|: ).*$/s;

/** The reason why a text isn't YAML, without a quotation: what YAML takes for an alias or a tag may be a secret. */
export function yamlReason(reason: string): string {
  return reason.replace(QUOTED, '');
}
