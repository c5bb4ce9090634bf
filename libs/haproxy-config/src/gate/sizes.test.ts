import { expect, it } from 'vitest';
import { gate, good, settings } from './testing/sample-gate.ts';

const roomy = { ...settings, maxLength: 64 * 1024 * 1024 };

it.each([
  ['lines', '# x\n'.repeat(500_001), 'the text has more than 500000 lines'],
  ['sections', 'backend x\n'.repeat(20_000), 'the text has 20002 sections; at most 20000 are allowed'],
  ['sections behind quotes', '"backend" x\n'.repeat(20_000), 'the text has 20002 sections'],
  [
    'characters on a line',
    `  description ${'x'.repeat(65_536)}\n`,
    'line 14: it has 65536 characters or more',
  ],
  ['characters on a last line', `# ${'x'.repeat(65_536)}`, 'line 14: it has 65536 characters or more'],
  ['words on a line', `backend x\n  acl x ${'a '.repeat(1_000)}\n`, 'line 15: it has more than 1000 words'],
  [
    'addresses on a line',
    `  bind ${'*:1,'.repeat(1_000)}*:2\n`,
    'line 14: it has more than 1000 words or parts',
  ],
  ['words', `  description${' a'.repeat(900)}\n`.repeat(3_400), 'the text has more than 3000000 words'],
  [
    'characters behind quotes',
    `  description "${'a'.repeat(60_000)}"\n`.repeat(51),
    'the text has more than 3000000 characters on lines with quotes or escapes',
  ],
  [
    'lines with a bind',
    `frontend x\n${'  bind :80\n'.repeat(10_001)}`,
    'more than 10000 addresses to listen on',
  ],
  [
    'servers of a section without a name',
    `backend x\n${'  server-template t 1000 10.0.0.1:80\n'.repeat(301)}`,
    'the text has more than 300000 servers',
  ],
  ['servers', serversOf(10_001), 'has more than 10000 servers'],
  [
    'servers of templates',
    `backend x\n${templates(11)}  server-template u 100000-1 10.0.0.1:80\n`,
    'has more than 10000 servers',
  ],
  [
    'servers in all',
    Array.from({ length: 31 }, (_, index) => `backend x${index}\n${templates(10)}`).join(''),
    'the text has more than 300000 servers',
  ],
  [
    'substitutions in a check',
    `backend x\n${`  tcp-check set-var(check.x) str(a)${',regsub(6,6,g)'.repeat(51)}\n`.repeat(4)}`,
    'has more than 200 times regsub or crc32',
  ],
  [
    'checksums in a section',
    `backend x\n${'  http-request set-var(txn.x) path,crc32\n'.repeat(201)}`,
    'has more than 200 times regsub or crc32',
  ],
  [
    'calls in a section',
    `backend x\n${`  http-request set-var(txn.x) src${',lower'.repeat(900)}\n`.repeat(34)}`,
    'has more than 30000 calls in its expressions',
  ],
])('refuses too many %s, and names the limit', (_what, more, says) => {
  const verdict = gate(`${good}${more}`, roomy);
  expect(verdict).toMatchObject({ kind: 'refused', blame: [{ message: expect.stringContaining(says) }] });
});

it('takes as much as 5,000 Services on 50 nodes need', { timeout: 60_000 }, () => {
  const backend = (index: number): string => serversOf(50).replace('backend x', `backend x${index}`);
  const text = good + Array.from({ length: 5_000 }, (_, index) => backend(index)).join('');
  expect(gate(text, roomy).kind).toBe('accepted');
});

function serversOf(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => `  server s${index} 10.0.0.1:80\n`);
  return `backend x\n${lines.join('')}`;
}

function templates(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, index) => `  server-template t${index} 1-1000 10.0.0.1:80\n`,
  );
  return lines.join('');
}

/** Each took from 20 seconds to minutes with a pattern that begins again at each character. */
it.each([
  ['line feeds in a word', `  acl a${'\\n'.repeat(30_000)}\n`],
  ['beginnings of formats', `  unique-id-format ${'%{'.repeat(32_000)}\n`],
])('judges many %s in seconds', (_what, line) => {
  const startedAt = performance.now();
  gate(`${good}\nfrontend y\n${line.repeat(30)}`, roomy);
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
