import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfigText } from '../parse/config-text.ts';
import type { CertificateFolder } from './certificate-lists.ts';
import { crowdedFolders } from './crowded-folders.ts';

interface Asked {
  readonly service: string;
  /** The numbers of the ports that it listens on. */
  readonly ports: readonly number[];
  readonly certificate: string;
}

const folderOf = (count: number): CertificateFolder => ({
  certificates: Array.from({ length: count }, (_, index) => `${index}.pem`),
  folders: new Set(),
});
const folders = new Map([
  ['/ssl/ten', folderOf(10)],
  ['/ssl/two', folderOf(2)],
]);
const range = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** A text as the producer writes it. */
function textOf(asked: readonly Asked[]): string {
  const ports = [...new Set(asked.flatMap(({ ports: own }) => own))];
  const frontends = ports.map((port) => {
    const own = asked.filter((each) => each.ports.includes(port));
    const comments = own.map(
      ({ service, certificate }) => `  # service: ${service} port: p${port} certificate: ${certificate}\n`,
    );
    const words = [...new Set(own.map(({ certificate }) => `crt ${certificate}`))].join(' ');
    return `frontend f${port}\n  mode http\n${comments.join('')}  bind *:${port} ssl ${words} alpn h2\n`;
  });
  return frontends.join('\n');
}

function leftOut(asked: readonly Asked[], most: number, before: readonly Asked[] = []): string[] {
  // What runs names a list in place of a folder.
  const running = [parseConfigText(textOf(before).replaceAll(/ crt \S+/g, ' crt-list /ours/a.crt-list'))];
  return crowdedFolders(parseConfigText(textOf(asked)), { running, folders, most }).map(
    ({ sources }) => `${sources[0]?.namespace}/${sources[0]?.service} ${sources.length}`,
  );
}

const evil: Asked = { service: 'evil/a', ports: range(1000, 9), certificate: '/ssl/ten' };
const small: Asked = { service: 'small/a', ports: range(2000, 2), certificate: '/ssl/ten' };
const file: Asked = { service: 'file/a', ports: range(3000, 20), certificate: '/ssl/a.pem' };

describe('folders with more certificates on all binds than HAProxy checks in time', () => {
  it('stay out with the Service that asks for most of them, as few as possible', () => {
    expect(leftOut([evil, small, file], 130)).toEqual([]);
    expect(leftOut([evil, small, file], 129)).toEqual(['evil/a 9']);
    expect(leftOut([evil, small, file], 40)).toEqual(['evil/a 9']);
    expect(leftOut([evil, small, file], 39)).toEqual(['evil/a 9', 'small/a 2']);
  });

  it('leave out many small Services of one namespace before one of another', () => {
    const many = range(0, 9).map((index) => ({ ...evil, service: `evil/s${index}`, ports: [1000 + index] }));
    expect(leftOut([...many, small], 90)).toEqual(['evil/s0 1', 'evil/s1 1']);
  });

  it('stay if they run already, and so does who names a file, also if nothing else can be left out', () => {
    expect(leftOut([evil, small, file], 0, [evil, small])).toEqual([]);
    expect(leftOut([evil, small, file], 50, [evil])).toEqual(['small/a 2']);
  });

  it('are new on another bind, and in place of a file', () => {
    const [more, other] = [
      { ...evil, ports: range(1000, 12) },
      { ...evil, certificate: '/ssl/two' },
    ];
    expect(leftOut([more], 100, [evil])).toEqual(['evil/a 3']);
    expect(leftOut([evil], 80, [{ ...evil, certificate: '/ssl/a.pem' }])).toEqual(['evil/a 9']);
    expect(leftOut([other], 17, [evil])).toEqual(['evil/a 9']);
  });

  it('count once on a bind for all that ask for them, who are left out together', () => {
    const together = { ...evil, service: 'other/b' };
    expect(leftOut([evil, together], 90)).toEqual([]);
    expect(leftOut([evil, together], 89)).toEqual(['evil/a 9', 'other/b 9']);
  });

  it('say what to do', () => {
    const [blame] = crowdedFolders(parseConfigText(textOf([evil])), { running: [], folders, most: 80 });
    expect(blame?.message).toBe(
      "all binds would have 90 certificates together, more than the 80 that HAProxy checks in time, and this Service asks for the folder '/ssl/ten' with 10 certificates on 9 binds: name a file of it in ssl-certificate, or use fewer ports or addresses",
    );
  });

  it('say on how many binds the folder is that they name', () => {
    const both = [
      { ...evil, ports: range(1000, 3) },
      { ...evil, ports: range(4000, 20), certificate: '/ssl/two' },
    ];
    const facts = { running: [], folders, most: 1 };
    const [blame] = crowdedFolders(parseConfigText(textOf(both)), facts);
    expect(blame?.message).toContain("'/ssl/two' with 2 certificates on 20 binds");
    const [fewer] = crowdedFolders(parseConfigText(textOf([both[0] ?? evil])), facts);
    expect(fewer?.message).toContain("'/ssl/ten' with 10 certificates on 3 binds");
  });

  it('have an equal share for each Service on a bind, however many of its ports ask', () => {
    const text = textOf([evil, { ...evil, service: 'other/b' }]);
    const twice = text.replaceAll(
      /^ {2}# service: evil\/a port: p(\d+).*\n/gm,
      (line, port: string) => line + line.replace(`p${port}`, `q${port}`),
    );
    const alone = textOf([{ service: 'third/c', ports: range(5000, 5), certificate: '/ssl/ten' }]);
    // Two have 45 each, the third one 50: with three shares evil would have 60.
    const blamed = crowdedFolders(parseConfigText(`${twice}\n${alone}`), { running: [], folders, most: 139 });
    expect(blamed.map(({ sources }) => sources[0]?.namespace)).toEqual(['third']);
  });
});

const other: Asked = { service: 'other/b', ports: [3000], certificate: '/ssl/a.pem' };

describe('a namespace that would have more than its share of the certificates of all binds', () => {
  it('gets no new folder in, although there is room, while others have certificates', () => {
    expect(leftOut([evil, other], 180, [other])).toEqual([]);
    expect(leftOut([evil, other], 179, [other])).toEqual(['evil/a 9']);
    expect(leftOut([evil], 179, [other])).toEqual([]);
  });

  it('keeps what it has, which counts', () => {
    const more = { ...evil, service: 'evil/b', ports: [1100] };
    expect(leftOut([evil, more, other], 199, [evil, other])).toEqual(['evil/b 1']);
    expect(leftOut([evil, more, other], 200, [evil, other])).toEqual([]);
    expect(leftOut([evil, other], 100, [evil, other])).toEqual([]);
  });

  it('loses the largest new Services only, and its files count', () => {
    const more = { ...evil, service: 'evil/b', ports: [1100] };
    const named = { ...evil, service: 'evil/c', ports: range(1200, 5), certificate: '/ssl/e.pem' };
    expect(leftOut([evil, more, other], 199, [other])).toEqual(['evil/a 9']);
    expect(leftOut([named, more, other], 29, [named, other])).toEqual(['evil/b 1']);
    expect(leftOut([named, more, other], 30, [named, other])).toEqual([]);
  });

  it('leaves a tenth to those that come, if nobody else has a certificate', () => {
    const plain: Asked = { ...evil, ports: [1000], certificate: '/ssl/e.pem' };
    const folder = { ...evil, service: 'evil/b', ports: range(1100, 9) };
    expect(leftOut([plain, folder], 102, [plain])).toEqual([]);
    expect(leftOut([plain, folder], 101, [plain])).toEqual(['evil/b 9']);
  });

  it('may use all of the room in the first text of a host', () => {
    expect(leftOut([evil, other], 91)).toEqual([]);
  });

  it('is named with what it would have', () => {
    const running = [parseConfigText(textOf([other]))];
    const [blame] = crowdedFolders(parseConfigText(textOf([evil, other])), { running, folders, most: 100 });
    expect(blame?.message).toMatch(
      /^the Services of namespace evil would have 90 certificates on all binds together, more than the 50 of 100 up to which one namespace may bring new folders, and this Service asks for the folder '\/ssl\/ten' with 10 certificates on 9 binds: /,
    );
  });
});

it('small folders of a namespace always go in beside those of a hostile one, whoever comes first', () => {
  const most = 200;
  const start: Asked = { service: 'platform/web', ports: [80], certificate: '/ssl/a.pem' };
  const hostile = fc
    .record({ ports: fc.integer({ min: 1, max: 30 }), certificate: fc.constantFrom('/ssl/ten', '/ssl/two') })
    .map((each) => ({ ...each, who: 'evil' }));
  const honest = fc
    .record({ ports: fc.constantFrom(1, 2), certificate: fc.constant('/ssl/two') })
    .map((each) => ({
      ...each,
      who: 'shop',
    }));
  const arrivals = fc.tuple(
    fc.array(hostile, { maxLength: 12 }),
    fc.array(honest, { minLength: 1, maxLength: 4 }),
  );
  const shuffled = arrivals.chain(([evils, shops]) =>
    fc.shuffledSubarray([...evils, ...shops], { minLength: evils.length + shops.length }),
  );
  let refused = 0;
  fc.assert(
    fc.property(shuffled, (all) => {
      const asked: Asked[] = [start];
      let running = [start];
      all.forEach(({ who, ports, certificate }, index) => {
        asked.push({ service: `${who}/s${index}`, ports: range(1000 + 100 * index, ports), certificate });
        // Whoever was left out before still asks.
        const facts = { running: [parseConfigText(textOf(running))], folders, most };
        const blamed = crowdedFolders(parseConfigText(textOf(asked)), facts).flatMap(
          ({ sources }) => sources,
        );
        const out = new Set(blamed.map(({ namespace, service }) => `${namespace}/${service}`));
        refused += out.size;
        running = asked.filter(({ service }) => !out.has(service));
        expect([...out].filter((service) => service.startsWith('shop/'))).toEqual([]);
      });
    }),
  );
  expect(refused).toBeGreaterThan(0);
});
