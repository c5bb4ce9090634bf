/** Where the reason of js-yaml 4 begins to quote the text: an alias, a tag, its handle or prefix. */
const QUOTED = /(?:(?: for| with)? (?:"|!<)|: ).*$/s;

/** Why a text isn't YAML, without any word of it: one may be a secret that YAML takes for an alias or a tag. */
export function yamlReason(reason: string): string {
  return reason.replace(QUOTED, '');
}
