import { createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { CertificateContent } from './certificate-pem.ts';
import { judgeCertificateContent, certificatePayloadOf, readServedNames } from './certificate-pem.ts';
import { NAMED, ONE, TWO } from './testing/certificates.ts';

const content = (pem: string, key?: string, ...extensions: readonly string[]): CertificateContent => ({
  pem,
  key,
  extras: extensions.map((extension) => ({ extension, content: Buffer.from('x') })),
});
const whole = ONE.certificate + ONE.key;
const encrypted = createPrivateKey(ONE.key).export({
  ...{ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' },
}) as string;

describe('a certificate that HAProxy can serve', () => {
  it.each([
    ['certificate, then key', content(whole), 0],
    ['key, then certificate', content(ONE.key + ONE.certificate), 0],
    ['with a chain', content(ONE.certificate + TWO.certificate + TWO.certificate + ONE.key), 2],
    ['the key beside it', content(ONE.certificate, ONE.key), 0],
    ['a key beside it that HAProxy passes over', content(whole, TWO.key), 0],
    [
      'with text and empty lines between',
      content(`Bag Attributes\n\n${whole.replaceAll('-----\n', '-----\n\n')}`),
      0,
    ],
    ['with carriage returns', content(whole.replaceAll('\n', '\r\n')), 0],
  ])('%s', (_what, given, chain) => {
    const facts = judgeCertificateContent(given);
    expect(facts).toMatchObject({ kind: 'good', fingerprint: ONE.fingerprint, chain, extras: [] });
    expect(JSON.stringify(facts)).not.toContain('PRIVATE');
    const payload = certificatePayloadOf(given);
    expect(payload).not.toMatch(/\n\n|^\n|\n$|\r/);
    expect(payload).toHaveLength(facts.kind === 'good' ? facts.length : -1);
  });

  it('has another content hash if anything of it is another, and the same if only its spacing is', () => {
    const judged = [
      content(whole),
      content(TWO.certificate + TWO.key),
      content(ONE.certificate + TWO.certificate + ONE.key),
      content(whole, undefined, 'ocsp'),
    ].map((each) => judgeCertificateContent(each));
    expect(new Set(judged.map((facts) => facts.kind === 'good' && facts.contentHash)).size).toBe(4);
    expect(judgeCertificateContent(content(`# a comment\n${whole}\n\n`))).toEqual(judged[0]);
  });
});

it.each([
  [
    'its alternative names in lower case, and not its common name',
    NAMED,
    ['a.example', '*.b.example', '192.0.2.1'],
  ],
  ['its common name if it has no others', ONE, ['one']],
])('a certificate names %s, in a file and in a copy', (_what, { certificate, key }, names) => {
  const facts = judgeCertificateContent(content(certificate + key));
  expect(facts.kind === 'good' && [...facts.names]).toEqual(names);
  const served = readServedNames(key + certificate + TWO.certificate);
  expect([...(served?.names ?? [])]).toEqual(names);
  expect(served?.notAfter).toBe(facts.kind === 'good' && facts.notAfter);
});

it('what is no certificate names nothing', () => expect(readServedNames('x')).toBeUndefined());

it.each([
  ['nothing', content(''), 'no certificate'],
  ['no PEM', content('hello'), 'no certificate'],
  ['half a certificate', content(ONE.certificate.slice(0, 300)), 'incomplete'],
  ['half a key', content(whole.slice(0, -60)), 'incomplete'],
  ['half a chain', content(whole + TWO.certificate.slice(0, 99)), 'incomplete'],
  ['a certificate alone', content(ONE.certificate), 'no private key'],
  ['a key alone', content(ONE.key), 'no certificate'],
  ['the key of another one', content(ONE.certificate + TWO.key), 'belongs to another'],
  ['the key of another one beside it', content(ONE.certificate, TWO.key), 'belongs to another'],
  ['a key with a passphrase', content(ONE.certificate + encrypted), 'passphrase'],
  ['a damaged certificate', content(whole.replace(/M(?=[A-Z])/, '!')), "number 1 in it can't be read"],
  ['a damaged chain', content(whole + TWO.certificate.replace('MII', 'AAA')), "number 2 in it can't be read"],
])('a file with %s is broken, and the reason has nothing of its content', (_what, given, reason) => {
  const facts = judgeCertificateContent(given);
  expect(facts).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) });
  expect(JSON.stringify(facts).length).toBeLessThan(120);
});
