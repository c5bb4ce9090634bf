import { expect, it } from 'vitest';
import type { HeldBind, Intent } from '../index.ts';
import { defaultTranslatorSettings } from '../index.ts';
import { buildBindCertificates } from './bind-certificates.ts';

const DIR = '/etc/haproxy/ssl';
const settings = { ...defaultTranslatorSettings, certificateDir: DIR };
const inDir = (files: readonly string[]): string[] => files.map((file) => `${DIR}/${file}`);

/** The oldest first; in the text they stand in the order of their certificates. */
function bindOf(asked: readonly string[], standing: readonly string[], first = standing[0]): HeldBind {
  const holders = asked.map((certificate): Intent => ({
    source: { namespace: 'shop', service: certificate, port: 'http' },
    ...{ mode: 'http', hosts: [{ match: 'exact', name: `${certificate}.test` }], tls: { certificate } },
    bind: { addresses: { kind: 'addresses', addresses: ['*'] }, port: 443 },
    backend: { balance: ['roundrobin'], tls: undefined, directives: [] },
    servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
  }));
  return {
    ...{ address: '*', port: 443, mode: 'http', tls: true, holders },
    ...(first === undefined ? {} : { firstCertificate: `${DIR}/${first}`.replace(/\/$/, '') }),
    ...(standing.length === 0 ? {} : { standingCertificates: inDir(standing) }),
  };
}

function certificatesOf(bind: HeldBind, defaultCertificate?: string): string[] {
  const own = defaultCertificate === undefined ? settings : { ...settings, defaultCertificate };
  const sorted = [...bind.holders].sort((a, b) => (a.source.service < b.source.service ? -1 : 1));
  return [...buildBindCertificates(bind, sorted, own).certificates];
}

it.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ['are sorted behind that of the oldest claim if nothing stands', ['c', 'b', 'a'], [], ['c', 'a', 'b']],
  [
    'that stand keep their order, new ones behind them',
    ['e', 'a', 'd', 'c', 'b'],
    ['d', 'b'],
    ['d', 'b', 'a', 'c', 'e'],
  ],
  ['that are gone leave the others in their order', ['a', 'c', 'b'], ['d', 'c', 'b'], ['c', 'b', 'a']],
  ['are sorted again if none of those that stood is left', ['c', 'b'], ['d'], ['c', 'b']],
])('the certificates of a bind %s', (_what, asked, standing, certificates) => {
  expect(certificatesOf(bindOf(asked, standing))).toEqual(inDir(certificates));
});

it("the operator's default comes before those that stand", () => {
  expect(certificatesOf(bindOf(['a', 'b'], ['b']), 'x')).toEqual(inDir(['x', 'b', 'a']));
  expect(certificatesOf(bindOf(['a', 'b', 'c'], ['b', 'c']), 'c')).toEqual(inDir(['c', 'b', 'a']));
});

const many = Array.from({ length: 30 }, (_, index) => `m${String(index).padStart(2, '0')}`);

it('folders say by a slash that the order is not that of the names, and comments have it', () => {
  const bind = bindOf([...many, 'team/x', 'a', 'z'], ['z', 'team/x', 'm03']);
  expect(certificatesOf(bind)).toEqual([`${DIR}/z`, `${DIR}/`, `${DIR}/team/`]);
  const { certificateSources } = buildBindCertificates(bind, bind.holders, settings);
  const order = certificateSources.map(({ certificate }) => certificate);
  expect(order.slice(0, 5)).toEqual(inDir(['z', 'team/x', 'm03', 'a', 'm00']));
});

it('folders have no slash if the order is that of the names', () => {
  const asked = [...many, 'z'];
  expect(certificatesOf(bindOf([...asked].reverse(), []))).toEqual([DIR]);
  expect(certificatesOf(bindOf(asked, ['z', 'm00', 'm01']))).toEqual([`${DIR}/z`, DIR]);
});
