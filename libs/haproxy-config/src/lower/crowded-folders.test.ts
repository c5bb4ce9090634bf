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
});
