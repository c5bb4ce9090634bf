import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Root } from '../machine/machine.ts';
import { CHECKOUT, openRoot } from '../machine/machine.ts';
import { runChecked } from '../sandbox/processes.ts';
import { repositoryRoot } from '../sandbox/programs.ts';

/** A root file system that was made by the instructions of a Dockerfile, and its settings for running. */
export interface Image {
  readonly name: string;
  readonly root: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  close(): Promise<void>;
}

interface Instruction {
  readonly keyword: string;
  readonly rest: string;
}

type Draft = { -readonly [Key in keyof Omit<Image, 'close'>]: Image[Key] };

/**
 * Executes the instructions that our Dockerfiles use, in one stage. The base image is replaced by the bare machine with
 * Node, and the context is the checkout.
 */
export async function buildImage(name: string, dockerfile: string): Promise<Image> {
  const root = await openRoot(`image-${name}`);
  let draft: Draft = {
    name,
    root: root.path,
    user: '0:0',
    entrypoint: [],
    command: [],
    env: {},
    volumes: [],
  };
  for (const { keyword, rest } of parseDockerfile(readFileSync(join(repositoryRoot, dockerfile), 'utf8'))) {
    const step = STEPS[keyword];
    if (step === undefined) throw new Error(`${dockerfile}: the harness doesn't know ${keyword}`);
    draft = { ...draft, ...(await step(rest, root)) };
  }
  // The finished image has neither the checkout nor the packages.
  for (const folder of [CHECKOUT, '/packages']) await runChecked(['umount', join(root.path, folder)]);
  return { ...draft, close: () => root.close() };
}

function parseDockerfile(text: string): Instruction[] {
  return text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, keyword = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { keyword, rest };
    });
}

const STEPS: Readonly<Record<string, (rest: string, root: Root) => Promise<Partial<Draft>>>> = {
  ARG: () => Promise.resolve({}),
  FROM: () => Promise.resolve({}),
  EXPOSE: () => Promise.resolve({}),
  USER: (rest) => Promise.resolve({ user: rest }),
  ENV: (rest) => Promise.resolve({ env: Object.fromEntries(rest.split(/\s+/).map((word) => pair(word))) }),
  VOLUME: (rest) => Promise.resolve({ volumes: words(rest) }),
  ENTRYPOINT: (rest) => Promise.resolve({ entrypoint: words(rest) }),
  CMD: (rest) => Promise.resolve({ command: words(rest) }),
  COPY: (rest, root) => {
    const { sources, target } = copyOf(rest);
    const mode = /--chmod=(\d+)/.exec(rest)?.[1] ?? '644';
    const copies = sources.map((source) => {
      const path = join(root.path, target, target.endsWith('/') ? basename(source) : '');
      mkdirSync(dirname(path), { recursive: true });
      cpSync(join(repositoryRoot, source), path);
      return path;
    });
    return runChecked(['chmod', mode, ...copies]).then(() => ({}));
  },
  RUN: async (rest, root) => {
    const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--net'];
    const env = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive'];
    await runChecked([...namespaces, 'chroot', root.path, ...env, 'sh', '-ec', rest], { limitMs: 120_000 });
    return {};
  },
};

/** What a COPY copies, and where to: several files go into a folder. */
function copyOf(rest: string): { readonly sources: readonly string[]; readonly target: string } {
  const all = rest.split(/\s+/).filter((word) => !word.startsWith('--'));
  const [sources, target = ''] = [all.slice(0, -1), all.at(-1)];
  if (sources.length > 1 && !target.endsWith('/'))
    throw new Error(`COPY ${rest}: several files need a folder, which ends in a slash`);
  return { sources, target };
}

function words(json: string): readonly string[] {
  return JSON.parse(json) as string[];
}

function pair(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}

/** The files that the ignore file beside a Dockerfile lets into its context. */
export function contextOf(dockerfile: string): string[] {
  const lines = readFileSync(join(repositoryRoot, `${dockerfile}.dockerignore`), 'utf8')
    .trim()
    .split('\n');
  if (lines[0] !== '*') throw new Error(`${dockerfile}.dockerignore lets everything in`);
  return lines.slice(1).map((line) => line.replace(/^!/, ''));
}

/** The files that a Dockerfile copies from its context. */
export function copiedBy(dockerfile: string): string[] {
  return parseDockerfile(readFileSync(join(repositoryRoot, dockerfile), 'utf8'))
    .filter(({ keyword }) => keyword === 'COPY')
    .flatMap(({ rest }) => copyOf(rest).sources);
}

/** Copies the image's content of a volume's mount point, with owners and modes, as an engine does for a new volume. */
export async function fillVolume(image: Image, place: string, volume: string): Promise<void> {
  mkdirSync(volume, { recursive: true });
  await runChecked(['cp', '--archive', '--no-target-directory', join(image.root, place), volume]);
}

/** Creates a mount point in an image, a folder or a file like `source`; one that is there stays. */
export function makeMountPoint(image: Image, source: string, place: string): void {
  const path = join(image.root, place);
  if (existsSync(path)) return;
  const isFolder = lstatSync(source).isDirectory();
  mkdirSync(isFolder ? path : dirname(path), { recursive: true });
  if (!isFolder) writeFileSync(path, '');
}

/** Every Dockerfile of the project, relative to the root of the repository. */
export function dockerfiles(): string[] {
  return readdirSync(join(repositoryRoot, 'docker'))
    .filter((file) => file.endsWith('.Dockerfile'))
    .map((file) => join('docker', basename(file)));
}
