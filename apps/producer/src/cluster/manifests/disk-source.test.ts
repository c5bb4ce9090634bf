import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  openSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@kubefigurator/daemon';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followDisk } from './disk-source.ts';
import type { ClusterSource } from '../source.ts';

let folder: string;
let stop: AbortController;
let source: ClusterSource;
let logged: string[];
let history: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubefigurator-disk-'));
  stop = new AbortController();
  logged = [];
  history = [];
});

afterEach(async () => {
  stop.abort();
  await source.done;
  rmSync(folder, { recursive: true });
});

const node = (name: string): string => `kind: Node\nmetadata: {name: ${name}}\n`;
const path = (...names: readonly string[]): string => join(folder, ...names);
const soon = { timeout: 20_000, interval: 10 };
const names = (): string => (source.snapshot()?.nodes ?? []).map((one) => one.name).join(' ');

function follow(from: string): void {
  const stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      logged.push(chunk.toString());
      done();
    },
  });
  const log = createLogger({ level: 'info', format: 'json', stream: stderr, journal: false });
  const onChange = (): void => void history.push(names());
  source = followDisk({ from, namespaces: [], onChange, log, signal: stop.signal });
}

describe('following manifests on disk', { timeout: 30_000 }, () => {
  it('sees files that are added, changed, renamed into place and removed', async () => {
    writeFileSync(path('a.yaml'), node('a'));
    follow(folder);
    await vi.waitFor(() => expect(names()).toBe('a'), soon);
    writeFileSync(path('b.json'), '{"kind": "Node", "metadata": {"name": "b"}}');
    await vi.waitFor(() => expect(names()).toBe('a b'), soon);
    writeFileSync(path('.a.yaml.swp'), node('c'));
    renameSync(path('.a.yaml.swp'), path('a.yaml'));
    await vi.waitFor(() => expect(names()).toBe('c b'), soon);
    unlinkSync(path('b.json'));
    await vi.waitFor(() => expect(names()).toBe('c'), soon);
    expect(history).toEqual(['a', 'a b', 'c b', 'c']);
  });

  it('follows one file through an editor that replaces it', async () => {
    writeFileSync(path('a.yaml'), node('a'));
    follow(path('a.yaml'));
    await vi.waitFor(() => expect(names()).toBe('a'), soon);
    renameSync(path('a.yaml'), path('a.yaml~'));
    writeFileSync(path('a.yaml'), node('b'));
    await vi.waitFor(() => expect(names()).toBe('b'), soon);
  });

  it('follows the links of a mounted ConfigMap', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(path(`..version-${version}`));
      writeFileSync(path(`..version-${version}`, 'a.yaml'), node(`v${version}`));
    }
    symlinkSync('..version-1', path('..data'));
    symlinkSync(join('..data', 'a.yaml'), path('a.yaml'));
    follow(folder);
    await vi.waitFor(() => expect(names()).toBe('v1'), soon);
    symlinkSync('..version-2', path('..data_tmp'));
    renameSync(path('..data_tmp'), path('..data'));
    await vi.waitFor(() => expect(names()).toBe('v2'), soon);
  });

  it('finds the folder again when another one took its name', async () => {
    mkdirSync(path('live'));
    writeFileSync(path('live', 'a.yaml'), node('a'));
    follow(path('live'));
    await vi.waitFor(() => expect(names()).toBe('a'), soon);
    mkdirSync(path('next'));
    writeFileSync(path('next', 'a.yaml'), node('b'));
    renameSync(path('live'), path('old'));
    renameSync(path('next'), path('live'));
    await vi.waitFor(() => expect(names()).toBe('b'), soon);
    writeFileSync(path('live', 'a.yaml'), node('c'));
    await vi.waitFor(() => expect(names()).toBe('c'), soon);
  });

  it('keeps the last good manifests while the present ones are broken, empty or gone', async () => {
    writeFileSync(path('a.yaml'), node('a'));
    follow(folder);
    await vi.waitFor(() => expect(names()).toBe('a'), soon);
    const broken = [
      [(): void => writeFileSync(path('a.yaml'), 'kind: ['), 'document 1, line 1'],
      [(): void => writeFileSync(path('a.yaml'), ''), 'the file is empty'],
      [(): void => unlinkSync(path('a.yaml')), 'holds no .yaml, .yml or .json file'],
    ] as const;
    for (const [breakIt, reason] of broken) {
      breakIt();
      await vi.waitFor(() => expect(logged.join('')).toContain(reason), soon);
    }
    expect(names()).toBe('a');
    expect(source.ready()).toBe(true);
    writeFileSync(path('a.yaml'), node('b'));
    await vi.waitFor(() => expect(names()).toBe('b'), soon);
    expect(logged.filter((line) => line.includes('manifests.recovered'))).toHaveLength(1);
    expect(history).toEqual(['a', 'b']);
  });

  it('keeps the last good manifests while a writer has opened a file and not written it yet', async () => {
    writeFileSync(path('a.yaml'), `${node('a')}---\n${node('b')}`);
    follow(folder);
    await vi.waitFor(() => expect(names()).toBe('a b'), soon);
    const file = openSync(path('a.yaml'), 'w');
    await vi.waitFor(() => expect(logged.join('')).toContain('the file is empty'), soon);
    writeSync(file, `${node('c')}---\n${node('d')}`);
    closeSync(file);
    await vi.waitFor(() => expect(names()).toBe('c d'), soon);
    expect(history).toEqual(['a b', 'c d']);
  });

  it('is not ready as long as there was nothing to read, and says why', async () => {
    follow(path('missing.yaml'));
    await vi.waitFor(() => expect(source.ready()).toContain('there is no such file or folder'), soon);
    expect(source.snapshot()).toBeUndefined();
    writeFileSync(path('missing.yaml'), node('a'));
    await vi.waitFor(() => expect(source.ready()).toBe(true), soon);
  });

  it('reads again when asked to, and reports no change if the objects are the same', async () => {
    // Each read of manifests without a Service or Node logs this line once.
    const reads = (): number => logged.filter((line) => line.includes('manifests.ignored')).length;
    writeFileSync(path('a.yaml'), 'kind: ConfigMap\n');
    follow(folder);
    await vi.waitFor(() => expect(reads()).toBe(1), soon);
    const before = source.lastProofOfLife() ?? Infinity;
    source.refresh();
    await vi.waitFor(() => expect(reads()).toBe(2), soon);
    await vi.waitFor(() => expect(source.lastProofOfLife()).toBeGreaterThan(before), soon);
    writeFileSync(path('a.yaml'), '# a comment\nkind: ConfigMap\n');
    await vi.waitFor(() => expect(reads()).toBe(3), soon);
    expect(history).toEqual(['']);
  });
});
