import type { EventTable } from './event.ts';
import { ERR, REASON } from './fields.ts';

/** What the consumer logs about certificates on its host. */
export const certificateEvents = {
  'certificate.renewed': {
    program: 'consumer',
    levels: ['info'],
    meaning: 'HAProxy serves the certificate that its file has now, given at run time and seen there.',
    fields: {
      file: 'the path of the certificate',
      sources: 'the Services that it is for',
      notAfter: 'until when it is valid',
      fingerprint: 'its SHA-1',
    },
  },
  'certificate-renewal.failed': {
    program: 'consumer',
    levels: ['warn'],
    meaning: 'HAProxy’s runtime API didn’t take a certificate; a reload follows.',
    fields: { file: 'the path of the certificate', sources: 'the Services that it is for', ...REASON },
  },
  'certificate-copy.failed': {
    program: 'consumer',
    levels: ['warn', 'debug'],
    meaning:
      'The host’s own copy of a certificate can’t be written: if the file breaks now, the next reload leaves its Services out.',
    fields: { ...ERR },
    endedBy: ['certificate-copy.recovered'],
  },
  'certificate-copy.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'The copies of certificates that could not be written are written now, or nothing needs them any more.',
    fields: {},
  },
  'certificate.rejected': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'The file of a certificate is broken, gone or expired, or lost a host name that the running text needs, and HAProxy goes on serving the one before; or a folder of certificates has grown too far, and HAProxy keeps what it had of it.',
    fields: {
      file: 'the path of the certificate or folder',
      sources: 'the Services that it is for',
      ...REASON,
    },
    endedBy: ['certificate.recovered', 'certificate.dropped'],
  },
  'certificate.recovered': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'HAProxy serves what the file of a certificate has, after that file was broken, gone or expired, or had lost a host name; or all of a folder that had grown too far.',
    fields: { file: 'the path of the certificate', sources: 'the Services that it is for' },
  },
  'certificate.dropped': {
    program: 'consumer',
    levels: ['warn'],
    meaning:
      'A certificate whose file is broken, gone or expired, or had lost a host name, is not served any more: it was forgotten, or no text names it.',
    fields: { file: 'the path of the certificate', sources: 'the Services that it was for' },
  },
} as const satisfies EventTable;
