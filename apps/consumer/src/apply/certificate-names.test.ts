import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ParsedText } from '@kubefigurator/haproxy-config';
import { parseConfigText } from '@kubefigurator/haproxy-config';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CertificateCopyStore, CopyEntry } from '../host/certificate-copies.ts';
import { createCertificateCopies } from '../host/certificate-copies.ts';
import type { FoundCertificate } from '../host/certificate-files.ts';
import { judgeCertificateContent } from '../host/certificate-pem.ts';
import { NAMED, ONE } from '../host/testing/certificates.ts';
import type { NameFaults } from './certificate-names.ts';
import { createCertificateNames, reasonOfLostHosts } from './certificate-names.ts';

const FILE = '/ssl/a.pem';
let folder: string;
let store: CertificateCopyStore;
let copy: CopyEntry;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-names-'));
  store = createCertificateCopies({
    folder,
    index: join(folder, 'index.json'),
    keepers: [],
    exclusively: (work) => work(),
  });
  const content = `${NAMED.certificate}${NAMED.key}`;
  const name = `${createHash('sha256').update(content).digest('hex')}.pem`;
  writeFileSync(join(folder, name), content);
  copy = { file: FILE, contentHash: 'of the copy', copy: name, aliases: [] };
});
afterEach(() => rmSync(folder, { recursive: true }));

const running = (host = 'a.example'): ParsedText => {
  const text = `frontend f\n  bind :443 ssl crt ${FILE}\n  use_backend b if { var(txn.host) -m str ${host} }\n`;
  return { text, config: parseConfigText(text) };
};
const found = (pem: string): FoundCertificate => ({
  ...{ file: FILE, names: [FILE], isInBundle: false, isUnnamed: false, sources: [], unchangedMs: 0 },
  facts: judgeCertificateContent({ pem, key: undefined, extras: [] }),
});
const other = found(ONE.certificate + ONE.key);
const judge = (
  text: ParsedText | undefined,
  file: FoundCertificate,
  { entry = copy, served = '' }: { readonly entry?: CopyEntry; readonly served?: string } = {},
): Promise<NameFaults> => {
  const shown = new Map([[FILE, { name: FILE, fingerprint: served, notAfter: '2028', chain: 0 }]]);
  const input = { found: [file], shown, copies: [entry], files: new Map() };
  return createCertificateNames(store).judge(text, input);
};

it('a certificate that lost a host of the running text is unfit while its copy has the name', async () => {
  const { lost, unnamed } = await judge(running(), other);
  expect([...lost]).toEqual([[FILE, ['a.example']]]);
  expect(unnamed.size).toBe(0);
});

it.each<[string, () => Promise<NameFaults>, readonly string[]]>([
  [
    'after forget-certificate',
    () => judge(running(), other, { entry: { ...copy, copy: undefined } }),
    ['a.example'],
  ],
  ['that HAProxy serves already', () => judge(running(), other, { served: ONE.fingerprint }), ['a.example']],
  ['whose copy is damaged', () => damaged(), ['a.example']],
  ['for a host that the copy has not', () => judge(running('c.example'), other), ['c.example']],
  ['with the name', () => judge(running(), found(NAMED.certificate + NAMED.key)), []],
  ['that is broken', () => judge(running(), found('x')), []],
  ['of no running text', () => judge(undefined, other), []],
])('a certificate %s is served as it is, with a warning at most', async (_what, ask, hosts) => {
  const { lost, unnamed } = await ask();
  expect(lost.size).toBe(0);
  expect(unnamed.get(FILE) ?? []).toEqual(hosts);
});

function damaged(): Promise<NameFaults> {
  writeFileSync(store.pathOf(copy.copy ?? ''), NAMED.certificate);
  return judge(running(), other);
}

it('what did not change is not judged again', async () => {
  const names = createCertificateNames(store);
  const text = running();
  const input = { found: [other], shown: undefined, copies: [copy], files: new Map<string, string>() };
  const first = await names.judge(text, input);
  expect(await names.judge(text, { ...input, found: [{ ...other, unchangedMs: 9 }] })).toBe(first);
  expect(await names.judge(running(), input)).not.toBe(first);
});

it('the reason names a few hosts and says what to do', () => {
  const reason = reasonOfLostHosts(Array.from({ length: 9 }, (_, index) => `h${index}.example`));
  expect(reason).toMatch(
    /^it doesn't name h0\.example, .* h4\.example and 4 more hosts, .*forget-certificate$/,
  );
  expect(reason.length).toBeLessThan(350);
});
