import { BOTH_MODES, defineOption } from './option.ts';
import { parseAnnotationSwitch, TRUE_OR_FALSE } from './values/booleans.ts';
import { parseCertificateFile } from './values/certificate-file.ts';

/** Options of TLS between clients and HAProxy. */
export const TLS = [
  defineOption({
    name: 'use-ssl',
    takes: '`true` or `false`; anything else counts as `false`',
    default: '`true` for http, `false` for tcp',
    doc: 'TLS on the bind. Ports that share a bind must agree.',
    scope: 'bind',
    empty: 'parsed',
    warning: 'unusual-boolean',
    admission: { action: 'warn', holds: TRUE_OR_FALSE },
    parse: parseAnnotationSwitch,
    modes: BOTH_MODES,
    apply: (draft, on) => ({ ...draft, tls: { ...draft.tls, on } }),
  }),
  defineOption({
    name: 'ssl-certificate',
    takes: 'a file below `--certificate-dir`, without `..`',
    default: '`<first hostname>.pem`',
    doc: 'The PEM bundle with certificate and key. Ports that share a bind share their certificates; the client chooses by SNI.',
    scope: 'port',
    empty: 'unset',
    admission: {
      action: 'refuse',
      holds: `VALUE == '' || (VALUE.matches(r'^[A-Za-z0-9._*@+=:-]+(/[A-Za-z0-9._*@+=:-]+)*$') && !VALUE.split('/').exists(name, name in ['.', '..']))`,
    },
    parse: parseCertificateFile,
    modes: BOTH_MODES,
    apply: (draft, certificate) => ({ ...draft, tls: { ...draft.tls, certificate } }),
  }),
];
