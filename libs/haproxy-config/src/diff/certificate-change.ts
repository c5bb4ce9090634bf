/**
 * The renewal of one certificate at run time (management guide, section 9.3, "set ssl cert"). No comparison of two texts
 * gives one, since the text stays the same. The content of the file, with its key, is added where the command is sent.
 */
export interface CertificateChange {
  /** The name under which HAProxy knows the certificate: the path that it was read from. */
  readonly name: string;
  /** SHA-1 of the new certificate, upper-case hex without colons, as HAProxy shows it. */
  readonly fingerprint: string;
  /** The number of further certificates in the file. */
  readonly chain: number;
}

/** What HAProxy shows of a certificate that it serves. */
export interface ShownCertificate {
  readonly name: string;
  readonly fingerprint: string;
  /** Until when it is valid, ISO 8601. */
  readonly notAfter: string;
  readonly chain: number;
}

/** HAProxy takes a command of up to 16 kB, less some room that it needs itself; 2.6 doesn't answer to a longer one. */
export const LONGEST_PAYLOAD = 12_000;

/** A name without a character that would end the command or a word of it. */
const PLAIN_NAME = /^\/[A-Za-z0-9_.:@/,=+%~*()-]+$/;

/** Why a certificate can't be renewed at run time; undefined if it can. The payload is the PEM, in bytes. */
export function whyNotRenewedAtRunTime(name: string, payloadLength: number): string | undefined {
  if (!PLAIN_NAME.test(name)) return "its path has a character that HAProxy's runtime API takes for its own";
  if (payloadLength > LONGEST_PAYLOAD)
    return `it has more than the ${LONGEST_PAYLOAD} bytes that HAProxy's runtime API takes`;
  return undefined;
}

/** A step of a renewal; `hasPayload` says that the PEM follows it. */
export interface RenewalStep {
  readonly text: string;
  readonly hasPayload: boolean;
  /** True if the answer says that the step took effect. */
  readonly isDone: (answer: string) => boolean;
}

/**
 * The steps of a renewal, in order. If one fails, `abortCertificateCommand` has to end the transaction that the first one opens.
 */
export function renewalSteps({ name }: CertificateChange): readonly RenewalStep[] {
  if (!PLAIN_NAME.test(name)) throw new Error(`not a plain name: ${JSON.stringify(name)}`);
  return [
    {
      text: `set ssl cert ${name}`,
      hasPayload: true,
      // 2.6 puts the content into the certificate of an open transaction, whichever that is: the name is compared.
      isDone: (answer) => answer.trim() === `Transaction created for certificate ${name}!`,
    },
    {
      text: `commit ssl cert ${name}`,
      hasPayload: false,
      // 3.4 answers that it inserts something and may end with `Failed!` all the same: the last line decides.
      isDone: (answer) => answer.trim().split('\n').at(-1) === 'Success!',
    },
  ];
}

/** Ends a transaction without a change. */
export function abortCertificateCommand(name: string): string {
  return `abort ssl cert ${name}`;
}

/** The certificate whose transaction is open, by the answer to `show ssl cert`; there is one for the whole process. */
export function certificateInTransaction(listing: string): string | undefined {
  const at = listing.indexOf('# transaction\n');
  // HAProxy puts a `*` before the name of a certificate whose transaction is open.
  return at < 0 ? undefined : /^\*(.+)$/m.exec(listing.slice(at))?.[1];
}

/** The certificate whose transaction a `set ssl cert` went into, whichever it was meant for. */
export function transactionNamedIn(answer: string): string | undefined {
  return /^Transaction (?:created|updated) for certificate (.+)!$/m.exec(answer)?.[1];
}

/** The command that shows one certificate; undefined if its name isn't plain, so that HAProxy can't be asked. */
export function showCertificateCommand(name: string): string | undefined {
  return PLAIN_NAME.test(name) ? `show ssl cert ${name}` : undefined;
}

/** Reads the answers to `show ssl cert <name>`, one or many; what HAProxy doesn't know isn't among them. */
export function parseShownCertificates(answers: string): readonly ShownCertificate[] {
  return answers
    .split(/^(?=Filename: )/m)
    .map(readShown)
    .filter((shown) => shown !== undefined);
}

function readShown(answer: string): ShownCertificate | undefined {
  const name = /^Filename: (.+)$/m.exec(answer)?.[1];
  const fingerprint = /^SHA1 FingerPrint: ([0-9A-F]{40})$/m.exec(answer)?.[1];
  const notAfter = Date.parse(/^notAfter: (.+)$/m.exec(answer)?.[1] ?? '');
  if (name === undefined || fingerprint === undefined || Number.isNaN(notAfter)) return undefined;
  const chain = answer.match(/^Chain Subject: /gm)?.length ?? 0;
  return { name, fingerprint, notAfter: new Date(notAfter).toISOString(), chain };
}

/**
 * True if HAProxy shows the chain of the file. A file without a chain may get one from elsewhere, such as an
 * issuers-chain-path of the operator's.
 */
export function isSameChain(inFile: number, shown: number): boolean {
  return inFile === 0 || inFile === shown;
}

/** What HAProxy doesn't show of a renewal; undefined if it serves the new certificate. */
export function missingOfRenewal(
  { name, fingerprint, chain }: CertificateChange,
  shown: ShownCertificate | undefined,
): string | undefined {
  if (shown?.name !== name) return `HAProxy shows no certificate ${name}`;
  if (shown.fingerprint !== fingerprint)
    return `HAProxy serves ${shown.fingerprint} as ${name}, not ${fingerprint}`;
  return isSameChain(chain, shown.chain)
    ? undefined
    : `HAProxy serves ${name} with ${shown.chain} further certificates instead of ${chain}`;
}

/**
 * An answer as it may be logged: HAProxy repeats what it took for a command, which can be a piece of a key. Its own
 * sentences have blanks, the lines of a PEM have none.
 */
export function loggableAnswer(answer: string): string {
  const lines = answer
    .split('\n')
    .filter((line) => /\S \S/.test(line) && !/^Unknown command|PRIVATE/i.test(line));
  return lines.length === 0 ? 'no answer that can be shown' : lines.slice(0, 5).join(' ').slice(0, 300);
}
