import fc from 'fast-check';
import type { ServiceRecord } from '../index.ts';
import { ANNOTATION_PREFIX, ENABLING_LABEL, OPTIONS } from '../index.ts';

const OPTION_NAMES = OPTIONS.map(({ name }) => name);

/** Hostile text is made of these. */
const PIECES = [
  // Blanks, and all kinds of newline.
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  '\u2029',
  '\u0085',
  '\v',
  '\f',
  '\0',
  '\t',
  ' ',
  '\u00a0',
  '\ufeff',
  '\u202e',
  '\ud800',
  // Punctuation with a meaning in config or templates.
  '"',
  "'",
  '`',
  '#',
  '\\',
  '%[src]',
  '${HOME}',
  '$HOME',
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  ';',
  ',',
  '=',
  '|',
  '<%-',
  '*',
  '..',
  '/',
  // Words of HAProxy, and values that options accept.
  'server evil 6.6.6.6:80',
  'use_backend x',
  'lua-load /x',
  'program p',
  'global',
  'a.example.com',
  '10.0.0.1',
  '443',
  'true',
  // Names with a meaning in JavaScript, look-alikes of ASCII characters, and words of options.
  '__proto__',
  'constructor',
  'toString',
  '\u212a',
  '\u0131',
  '\uff10',
  '%s',
  '&lt;',
  'http',
  'tcp',
  'roundrobin',
  'hdr(',
  'hash ',
];

/** Text that tries to inject config: control characters, quotes, keywords, all kinds of newline, and long texts. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(...PIECES).map((piece) => piece.repeat(Math.ceil(10_000 / piece.length))),
);

/** An enabled Service with hostile text in values of annotations, and in keys after our prefix. */
export const hostileService: fc.Arbitrary<ServiceRecord> = fc
  .record({
    texts: fc.dictionary(fc.constantFrom(...OPTION_NAMES), hostileText, {
      minKeys: 1,
      noNullPrototype: true,
    }),
    keys: fc.array(hostileText, { maxLength: 2 }),
  })
  .map(({ texts, keys }) => ({
    namespace: 'shop',
    name: 'evil',
    createdAt: 9,
    type: 'NodePort',
    ipFamilies: [],
    labels: new Map([[ENABLING_LABEL.key, ENABLING_LABEL.value]]),
    annotations: new Map([
      ...Object.entries(texts).map(([option, text]) => [`${ANNOTATION_PREFIX}http.${option}`, text] as const),
      ...keys.map((key) => [`${ANNOTATION_PREFIX}${key}`, key] as const),
    ]),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_666 }],
  }));
