import { CONFIG_HEADER } from '@kubefigurator/config-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaveOut } from './leave-out.ts';

const source = (service: string): { namespace: string; service: string; port: string } => ({
  namespace: 'shop',
  service,
  port: 'http',
});
const backend = (name: string): string => `
# service: shop/${name} port: http
backend ${name}
  mode http
  server n 10.0.0.1:30080 check
`;
/** A text as the producer writes it: one shared https bind and one tcp bind each. */
function textOf(
  shared: readonly string[],
  own: readonly string[],
  certificateOf = (name: string): string => `/ssl/${name}.pem`,
): string {
  const certificates = [...new Set(shared.map(certificateOf))].sort();
  const frontend = [
    '',
    ...shared.map((name) => `# service: shop/${name} port: http`),
    'frontend shared',
    '  mode http',
    ...shared.map((name) => `  # service: shop/${name} port: http certificate: ${certificateOf(name)}`),
    `  bind *:443 ssl ${certificates.map((file) => `crt ${file}`).join(' ')} alpn h2,http/1.1`,
    '  http-request set-var(txn.host) req.hdr(host),host_only,lower',
    ...shared.flatMap((name) => [
      `  # service: shop/${name} port: http`,
      `  use_backend ${name} if { var(txn.host) -m str ${name} }`,
    ]),
    '',
  ];
  const tcp = own.map(
    (name, index) => `
# service: shop/${name} port: http
frontend own-${name}
  mode tcp
  bind *:${9000 + index}
  # service: shop/${name} port: http
  default_backend ${name}
`,
  );
  const sections = [
    ...(shared.length > 0 ? [frontend.join('\n')] : []),
    ...tcp,
    ...shared.map(backend),
    ...own.map(backend),
  ];
  return `${CONFIG_HEADER}\n${sections.join('')}`;
}

/** Without blank lines, which mean nothing. */
const dense = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

describe('leaveOut', () => {
  it('takes a Service off a shared bind: its certificate, its rules, its backend and nothing else', () => {
    const reduced = leaveOut(textOf(['a', 'b', 'c'], ['t']), { sources: [source('b')], binds: [] });
    expect(dense(reduced)).toEqual(dense(textOf(['a', 'c'], ['t'])));
  });

  it('keeps a certificate that another Service uses too', () => {
    const one = (): string => '/ssl/wildcard.pem';
    const reduced = leaveOut(textOf(['a', 'b'], [], one), { sources: [source('b')], binds: [] });
    expect(dense(reduced)).toEqual(dense(textOf(['a'], [], one)));
  });

  it('takes away the frontend of a bind that is not available, and keeps its backend', () => {
    const reduced = leaveOut(textOf(['a'], ['t', 'u']), {
      sources: [],
      binds: [{ section: 'frontend own-t', word: '*:9000' }],
    });
    expect(reduced).not.toContain('frontend own-t');
    expect(reduced).toContain('frontend own-u');
    expect(reduced).toContain('backend t');
  });

  it('takes away one address of several, and keeps a backend with the name of a frontend that goes', () => {
    const text = 'listen x\n  bind :80,10.0.0.1:81\n  bind :82 ssl\nfrontend y\n  bind :83\nbackend y\n';
    const bind = (section: string, word: string): Parameters<typeof leaveOut>[1] => ({
      sources: [],
      binds: [{ section, word }],
    });
    expect(leaveOut(text, bind('listen x', '10.0.0.1:81'))).toBe(text.replace(',10.0.0.1:81', ''));
    expect(leaveOut(text, bind('listen x', ':82'))).toBe(text.replace('  bind :82 ssl\n', ''));
    expect(leaveOut(text, bind('frontend y', ':83'))).toBe(text.replace('frontend y\n  bind :83\n', ''));
  });

  it('takes an address away however it is spelled', () => {
    const gone = (word: string): Parameters<typeof leaveOut>[1] => ({
      sources: [],
      binds: [{ section: 'listen x', word }],
    });
    const text = (address: string): string => `listen x\n  bind ${address} name "a b" # :80\n`;
    expect(leaveOut(text(`":80",'10.0.0.1:8'1`), gone('10.0.0.1:81'))).toBe(text(':80'));
    expect(leaveOut(text('10.0.0.1:8\\x31,:80'), gone('10.0.0.1:81'))).toBe(text(':80'));
    expect(leaveOut(`listen x\n  "bin"d ':80'\n  bind :81\n`, gone(':80'))).toBe('listen x\n  bind :81\n');
  });

  it('takes a certificate away however it is spelled', () => {
    const comment = (name: string): string =>
      `  # service: shop/${name} port: http certificate: /ssl/${name}.pem\n`;
    const text = (bind: string, ...names: readonly string[]): string =>
      `frontend f\n${names.map(comment).join('')}  bind :443 ssl ${bind}\n`;
    const refused = { sources: [source('b')], binds: [] };
    expect(leaveOut(text(`crt '/ssl/a.pem' "crt" /ssl/"b.pem" alpn h2`, 'a', 'b'), refused)).toBe(
      text(`crt '/ssl/a.pem' alpn h2`, 'a'),
    );
  });

  it('takes a folder away once nobody else has a certificate in it', () => {
    const comment = (path: string): string =>
      `  # service: shop/${path.slice(-5, -4)} port: http certificate: ${path}\n`;
    const text = (bind: string, ...paths: readonly string[]): string =>
      `frontend f\n${paths.map(comment).join('')}  bind :443 ssl ${bind}\n`;
    const [a, b, c] = ['/ssl/a.pem', '/ssl/team/b.pem', '/ssl/team/c.pem'] as const;
    const bind = 'crt /ssl/default.pem crt /ssl crt /ssl/team/';
    const without = (...names: readonly string[]): string =>
      leaveOut(text(bind, a, b, c), { sources: names.map(source), binds: [] });
    expect(without('b')).toBe(text(bind, a, c));
    expect(without('b', 'c')).toBe(text('crt /ssl/default.pem crt /ssl', a));
    expect(without('a')).toBe(text('crt /ssl/default.pem crt /ssl/team/', b, c));
  });

  it('leaves nothing but the header if every part is refused', () => {
    expect(leaveOut(textOf(['a'], ['t']), { sources: [source('a'), source('t')], binds: [] })).toBe(
      `${CONFIG_HEADER}\n`,
    );
  });

  it('changes nothing in a text without our comments', () => {
    const text = 'listen x\n  bind :80\n  server a 10.0.0.1:80\n';
    expect(leaveOut(text, { sources: [source('a')], binds: [] })).toBe(text);
  });

  it('gives the text that the other Services would have without the refused ones (property)', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), { maxLength: 8 });
    const property = fc.property(names, names, fc.integer({ min: 1, max: 3 }), (all, refused, groups) => {
      const certificateOf = (name: string): string => `/ssl/${name.charCodeAt(0) % groups}.pem`;
      const [shared, own] = [all.filter((name) => name < 'e'), all.filter((name) => name >= 'e')];
      const isLeft = (name: string): boolean => !new Set<string>(refused).has(name);
      const reduced = leaveOut(textOf(shared, own, certificateOf), {
        sources: refused.map(source),
        binds: [],
      });
      // Ports of binds are numbered, so compare without them.
      const plain = (text: string): string[] => dense(text).map((line) => line.replace(/\*:9\d+/, '*:9'));
      expect(plain(reduced)).toEqual(plain(textOf(shared.filter(isLeft), own.filter(isLeft), certificateOf)));
    });
    fc.assert(property, { seed: 20261121, numRuns: 500 });
  });
});
