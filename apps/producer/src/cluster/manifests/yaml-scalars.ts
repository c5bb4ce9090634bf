import { Type } from 'js-yaml';
import { UnquotedScalar } from '../records/unquoted-scalar.ts';

/** Words that YAML 1.1, and therefore kubectl, reads as a boolean, and YAML 1.2 as text. */
const BOOLEAN = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/;
/** Numbers, also with underscores, which kubectl's parser ignores. */
const NUMBER = /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9A-Fa-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?[\d_]+)?)$/;

function unquoted(kind: UnquotedScalar['kind'], pattern: RegExp): Type {
  return new Type(`tag:kubefigurator.io,2026:${kind}`, {
    kind: 'scalar',
    resolve: (text: unknown) => typeof text === 'string' && pattern.test(text),
    construct: (text: string) => new UnquotedScalar(kind, text),
  });
}

/** For `implicit` of a schema: unquoted scalars that kubectl reads as a boolean or a number, and YAML 1.2 as text. */
export const YAML_1_1_SCALARS: readonly Type[] = [unquoted('boolean', BOOLEAN), unquoted('number', NUMBER)];
