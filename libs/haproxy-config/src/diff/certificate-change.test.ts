import { describe, expect, it } from 'vitest';
import {
  loggableAnswer,
  missingOfRenewal,
  certificateInTransaction,
  parseShownCertificates,
  renewalSteps,
  showCertificateCommand,
  whyNotRenewedAtRunTime,
} from './certificate-change.ts';

const NAME = '/ssl/a.pem';
const PRINT = '8A6DE17F8127855CF9FC1D9E41357A911FB2E02E';
const CHANGE = { name: NAME, fingerprint: PRINT, chain: 1 };
/** As 3.2 answers; 2.6 and 3.0 leave out the lines with file names. */
const SHOWN = `Filename: ${NAME}
Crt filename: ${NAME}
Key filename: ${NAME}
Status: Used
Serial: 1E44848DA7D17D99BCF96E951DA2B991119A6420
notBefore: Nov 27 03:44:25 2026 GMT
notAfter: Dec  2 03:44:25 2026 GMT
Subject Alternative Name: DNS:new.example
Algorithm: EC256
SHA1 FingerPrint: ${PRINT}
Subject: /CN=new.example
Issuer: /CN=Root
Chain Subject: /CN=Root
Chain Issuer: /CN=Root
OCSP Response Key: 

`;
const UNKNOWN = "Can't display the certificate: Not found or the certificate is a bundle!\n\n";

describe('what HAProxy shows of its certificates', () => {
  it('is read from one answer and from many, without certificates that HAProxy does not know', () => {
    const shown = { name: NAME, fingerprint: PRINT, notAfter: '2026-12-02T03:44:25.000Z', chain: 1 };
    const other = SHOWN.replaceAll(NAME, '/ssl/dir/b.pem').replace(/^Chain.*\n/gm, '');
    expect(parseShownCertificates(SHOWN)).toEqual([shown]);
    expect(parseShownCertificates(UNKNOWN + SHOWN + UNKNOWN + other)).toEqual([
      shown,
      { ...shown, name: '/ssl/dir/b.pem', chain: 0 },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['an error', UNKNOWN],
    ['half an answer', SHOWN.slice(0, 150)],
  ])('is unknown after %s', (_what, answer) => {
    expect(parseShownCertificates(answer)).toEqual([]);
  });

  it('proves a renewal, or says what is missing', () => {
    const [shown] = parseShownCertificates(SHOWN);
    expect(missingOfRenewal(CHANGE, shown)).toBeUndefined();
    expect(missingOfRenewal({ ...CHANGE, chain: 0 }, shown)).toBeUndefined();
    expect(missingOfRenewal(CHANGE, undefined)).toContain('shows no certificate');
    expect(missingOfRenewal({ ...CHANGE, fingerprint: 'AB' }, shown)).toContain(PRINT);
    expect(missingOfRenewal({ ...CHANGE, chain: 2 }, shown)).toContain('1 further certificates instead of 2');
  });

  it('names the certificate whose transaction is open', () => {
    expect(certificateInTransaction(`# transaction\n*${NAME}\n# filename\n${NAME}\n\n`)).toBe(NAME);
    expect(certificateInTransaction(`# filename\n${NAME}\n\n`)).toBeUndefined();
  });
});

describe('the steps of a renewal', () => {
  const [set, commit] = renewalSteps(CHANGE);

  it.each([
    ['set', set, `Transaction created for certificate ${NAME}!\n\n`, true],
    ['set', set, 'Transaction created for certificate /ssl/b.pem!\n\n', false],
    ['set', set, `Transaction updated for certificate ${NAME}!\n\n`, false],
    [
      'set',
      set,
      `unable to load certificate from file '${NAME}': bad base64 decode.\nCan't update ${NAME}!\n\n`,
      false,
    ],
    ['set', set, '', false],
    ['commit', commit, `Committing ${NAME}..\nSuccess!\n\n`, true],
    ['commit', commit, `Committing ${NAME}\nFailed!\n\n`, false],
    [
      'commit',
      commit,
      `inconsistencies between private key and certificate\nCan't commit ${NAME}!\n\n`,
      false,
    ],
    ['commit', commit, '', false],
  ])('%s: %#', (_name, step, answer, isDone) => {
    expect(step?.isDone(answer)).toBe(isDone);
  });

  it('no name can become a command of its own', () => {
    for (const name of [
      '/ssl/a b.pem',
      '/ssl/a;b.pem',
      '/ssl/a\nb',
      '*/ssl/a.pem',
      '/ssl/a\\b',
      '/ssl/é.pem',
    ]) {
      expect(whyNotRenewedAtRunTime(name, 100)).toContain('character');
      expect(showCertificateCommand(name)).toBeUndefined();
      expect(() => renewalSteps({ ...CHANGE, name })).toThrow('not a plain name');
    }
    expect(whyNotRenewedAtRunTime('/etc/acme/*.example.com_ecc/a%2F~1.pem', 12_000)).toBeUndefined();
    expect(whyNotRenewedAtRunTime(NAME, 12_001)).toContain('12000 bytes');
  });

  it('an answer is logged without what may be a piece of a key', () => {
    const key = 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg';
    const answer = `Unknown command: '${key}', but maybe one of\n${key}\n-----BEGIN PRIVATE KEY-----\nCan't update ${NAME}!\n`;
    expect(loggableAnswer(answer)).toBe(`Can't update ${NAME}!`);
    expect(loggableAnswer(key)).toBe('no answer that can be shown');
  });
});
