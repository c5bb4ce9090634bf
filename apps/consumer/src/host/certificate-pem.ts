import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';

/** The content of a certificate's files. It includes the private key, so nobody keeps it after judging it. */
export interface CertificateContent {
  /** The file itself. */
  readonly pem: string;
  /** The file beside it with the key; undefined if there is none. */
  readonly key: string | undefined;
  /** What else HAProxy reads beside it, each with its extension. */
  readonly extras: readonly { readonly extension: string; readonly content: Buffer }[];
}

/** What a certificate's files are, without the key. */
export type CertificateFacts =
  | {
      readonly kind: 'good';
      /** SHA-256 of all that HAProxy reads of it, the key included, in hex. */
      readonly contentHash: string;
      /** SHA-1 of the certificate alone, upper-case hex, as HAProxy shows it. */
      readonly fingerprint: string;
      /** The number of certificates after the first one. */
      readonly chain: number;
      /** When the certificate begins and ceases to be valid, ISO 8601. */
      readonly notBefore: string;
      readonly notAfter: string;
      /** The length of the PEM that HAProxy's runtime API gets, in characters. */
      readonly length: number;
      /** Extensions of the files beside it that HAProxy reads as well, such as an OCSP response. */
      readonly extras: readonly string[];
      /** The DNS names and addresses that it is for, in lower case; the common name if it has none. */
      readonly names: ReadonlySet<string>;
    }
  | { readonly kind: 'broken'; readonly reason: string };

/** A whole PEM block, with its label. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g;
const IS_KEY = /PRIVATE KEY$/;

interface Block {
  readonly label: string;
  readonly text: string;
}

/** Judges the files of a certificate as HAProxy would; for a broken one, a sentence says what is wrong. */
export function judgeCertificateContent(content: CertificateContent): CertificateFacts {
  const blocks = blocksOf(content);
  if (blocks.length < countBegun(content)) return broken('it is incomplete: a block of it has no end');
  const certificates = blocks.filter(({ label }) => label === 'CERTIFICATE');
  const key = blocks.find(({ label }) => IS_KEY.test(label));
  const read = certificates.map(({ text }) => readCertificate(text));
  const firstUnreadable = read.indexOf(undefined);
  const [leaf] = read;
  if (firstUnreadable >= 0) return broken(`certificate number ${firstUnreadable + 1} in it can't be read`);
  if (leaf === undefined) return broken('it has no certificate');
  if (key === undefined) return broken('it has no private key, and there is none beside it');
  const mismatch = keyTrouble(leaf, key.text);
  if (mismatch !== undefined) return broken(mismatch);
  const payload = formatBlocks(blocks);
  return {
    kind: 'good',
    contentHash: hashOfContent(payload, content.extras),
    fingerprint: leaf.fingerprint.replaceAll(':', ''),
    chain: certificates.length - 1,
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    length: payload.length,
    extras: content.extras.map(({ extension }) => extension),
    names: namesOfCertificate(leaf),
  };
}

/** A certificate that was issued a moment ago is accepted even if this host's clock is this much behind. */
const CLOCK_SKEW_MS = 300_000;

export function isNotYetValid({ notBefore }: { readonly notBefore: string }): boolean {
  return Date.parse(notBefore) > Date.now() + CLOCK_SKEW_MS;
}

/** The names of a certificate of which HAProxy was seen to serve the whole content; undefined if it can't be read. */
export function readServedNames(
  pem: string,
): { readonly names: ReadonlySet<string>; readonly notAfter: string } | undefined {
  const block = readBlocks(pem).find(({ label }) => label === 'CERTIFICATE');
  const leaf = block && readCertificate(block.text);
  return leaf && { names: namesOfCertificate(leaf), notAfter: new Date(leaf.validTo).toISOString() };
}

/** Clients look at the common name only if there is no subjectAltName (RFC 9525, section 6.3; RFC 6125, section 6.4.4). */
function namesOfCertificate({ subject, subjectAltName }: X509Certificate): ReadonlySet<string> {
  if (subjectAltName === undefined) {
    const commonName = /^CN=(.+)$/m.exec(subject)?.[1];
    return new Set(commonName === undefined ? [] : [commonName.toLowerCase()]);
  }
  // A name with a comma or another odd character is in quotes, and no host name has one.
  const names = subjectAltName
    .split(', ')
    .map((word) => /^(?:DNS|IP Address):([^"]+)$/.exec(word)?.[1] ?? '');
  return new Set(names.filter((name) => name !== '').map((name) => name.toLowerCase()));
}

/** Certificate, chain and key as HAProxy's runtime API takes them: without empty lines, which would end them. */
export function certificatePayloadOf(content: CertificateContent): string {
  return formatBlocks(blocksOf(content));
}

function broken(reason: string): CertificateFacts {
  return { kind: 'broken', reason };
}

/** A key in the file itself takes precedence over one beside it, as in HAProxy. */
function blocksOf({ pem, key = '' }: CertificateContent): readonly Block[] {
  const own = readBlocks(pem);
  return own.some(({ label }) => IS_KEY.test(label)) ? own : [...own, ...readBlocks(key)];
}

function readBlocks(text: string): Block[] {
  return [...text.matchAll(BLOCK)].map(([block, label = '']) => ({ label, text: block }));
}

/** The number of blocks that begin in what HAProxy reads, whether they end or not. */
function countBegun({ pem, key = '' }: CertificateContent): number {
  const begun = (text: string): number => text.match(/-----BEGIN [A-Z0-9 ]+-----/g)?.length ?? 0;
  return IS_KEY_BLOCK.test(pem) ? begun(pem) : begun(pem) + begun(key);
}

const IS_KEY_BLOCK = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function keyTrouble(certificate: X509Certificate, pem: string): string | undefined {
  try {
    const isItsKey = certificate.checkPrivateKey(createPrivateKey(pem));
    return isItsKey ? undefined : 'its private key belongs to another certificate';
  } catch {
    return "its private key can't be read without a passphrase, or is damaged";
  }
}

function formatBlocks(blocks: readonly Block[]): string {
  const lines = blocks.flatMap(({ text }) => text.split('\n')).map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

function hashOfContent(payload: string, extras: CertificateContent['extras']): string {
  const hash = createHash('sha256').update(payload);
  for (const { extension, content } of extras) hash.update(`\0${extension}\0`).update(content);
  return hash.digest('hex');
}
