import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import { lower, NO_NEEDS } from './lower.ts';
import { describeLeftOutServers, ownServers, withoutOwnServers } from './own-servers.ts';

const OWN = ['10.99.0.11', '2001:db8::11', '127.0.0.1'];

const text = (bind: string, ...servers: readonly string[]): string =>
  ['# service: a/web port: http', 'frontend f', '  mode tcp', `  bind ${bind}`, '  default_backend b', '']
    .concat(['# service: a/web port: http', 'backend b', '  mode tcp'])
    .concat(servers.map((place, index) => `  server w${index} ${place} check`))
    .concat([''])
    .join('\n');
const places = (config: string): string[] =>
  ownServers(parseConfigText(config), OWN).map(({ server }) => server.name);

describe('a server is this host itself', () => {
  it.each([
    ['on every address', '*:30001', '10.99.0.11:30001'],
    ['on this address', '10.99.0.11:30001', '10.99.0.11:30001'],
    ['on every IPv6 address', ':::30001 v6only', '[2001:db8::11]:30001'],
    ['on :: that takes IPv4 too', ':::30001', '10.99.0.11:30001'],
    ['in a range of ports', '*:30000-30010', '10.99.0.11:30001'],
    ['on one of several binds', ':80,*:30001', '10.99.0.11:30001'],
    ['at its loopback', '*:30001', '127.0.0.1:30001'],
  ])('if the text listens %s', (_what, bind, place) => {
    expect(places(text(bind, '10.1.0.1:30001', place))).toEqual(['w1']);
  });

  it.each([
    ['the text listens on another port', '*:443', '10.99.0.11:30001'],
    ['the text listens on another address', '192.0.2.1:30001', '10.99.0.11:30001'],
    ['it has the address of a node', '*:30001', '10.1.0.1:30001'],
    ['it has an address of another family', '*:30001', '[2001:db8::11]:30001'],
    [
      'it has an IPv4 address, and the text listens on :: for IPv6 only',
      ':::30001 v6only',
      '10.99.0.11:30001',
    ],
  ])('but not if %s', (_what, bind, place) => {
    expect(places(text(bind, place))).toEqual([]);
  });

  it('also if another Service has the bind, and in a listen section', () => {
    const other = 'listen x\n  bind :30002\n  server s 10.99.0.11:30001\n  server t 10.99.0.11:30002\n';
    expect(places(text('*:30001', '10.99.0.11:30002') + other)).toEqual(['w0', 's', 't']);
  });
});

describe('withoutOwnServers', () => {
  const loop = text('*:30001', '10.1.0.1:30001', '10.99.0.11:30001');

  it('puts a comment in its place, and keeps the others', () => {
    const release = withoutOwnServers({ text: loop, config: parseConfigText(loop) }, OWN);
    const said = 'server w1 10.99.0.11:30001 of b is this host itself, which listens on *:30001';
    expect(describeLeftOutServers(release)).toEqual([said]);
    expect(release.split('\n')).toEqual(
      loop.split('\n').map((line) => (line.includes('server w1') ? `  # left out: ${said}` : line)),
    );
  });

  it('changes nothing on a host with other addresses, or without any', () => {
    for (const own of [[], ['10.99.0.12']]) {
      expect(withoutOwnServers({ text: loop, config: parseConfigText(loop) }, own)).toBe(loop);
      expect(describeLeftOutServers(loop)).toEqual([]);
    }
  });

  it('is part of the release of this host, which is lowered to itself', () => {
    const lowered = (portable: string): string =>
      lower({ text: portable, config: parseConfigText(portable) }, '7', {
        ...{
          needs: { ...NO_NEEDS, ignoreServerState: true, ownAddresses: OWN },
          copies: new Map(),
          refused: [],
        },
        lists: { place: '/ours', folders: new Map(), hash: (content) => content },
      }).text;
    expect(lowered(loop)).toContain('  # left out: server w1');
    expect(lowered(loop)).not.toContain('\n  server w1');
    expect(lowered(lowered(loop))).toBe(lowered(loop));
  });

  it('reads each section once, however often it is asked', () => {
    const backends = Array.from(
      { length: 5_000 },
      (_, index) =>
        `backend b${index}\n${Array.from({ length: 20 }, (_each, node) => `  server n${node} 10.1.0.${node}:${30_000 + (index % 2_000)}\n`).join('')}`,
    );
    const large = `frontend f\n  bind :443\n  default_backend b0\n${backends.join('')}`;
    const config = parseConfigText(large);
    ownServers(config, OWN);
    const started = performance.now();
    for (let count = 0; count < 20; count += 1) expect(ownServers(config, OWN)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
