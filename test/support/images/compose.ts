import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Container, Mount } from './container.ts';
import { startContainer } from './container.ts';
import type { Image } from './image.ts';
import { buildImage, fillVolume } from './image.ts';
import { createNetwork, removeNetwork } from '../sandbox/network.ts';
import { runChecked } from '../sandbox/processes.ts';
import { repositoryRoot, scratchFolder } from '../sandbox/programs.ts';

/** The fields of a service in our Compose file; the harness knows no others. */
export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly read_only: true;
  readonly cap_drop: readonly ['ALL'];
  readonly security_opt: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: { readonly fleet: { readonly ipv4_address: string } };
  readonly network_mode?: string;
  readonly pid?: string;
  readonly sysctls?: Readonly<Record<string, number>>;
  readonly depends_on?: readonly string[];
  readonly ports?: readonly string[];
  readonly restart: string;
}

/** The fields that the harness knows; it carries out all of them except `ports` and `restart`. */
export const UNDERSTOOD: readonly string[] = [
  ...['image', 'build', 'entrypoint', 'command', 'read_only', 'cap_drop', 'security_opt', 'volumes'],
  ...['networks', 'network_mode', 'pid', 'sysctls', 'depends_on', 'ports', 'restart'],
];

/** The services of a Compose file, run without an engine. */
export interface Compose {
  readonly services: readonly (readonly [string, ComposeService])[];
  readonly logs: string;
  service(name: string): ComposeService;
  image(name: string): Image;
  container(name: string): Container;
  /** Returns a service's address from the file. */
  address(name: string): string;
  /** Builds the network and every image. */
  build(): Promise<void>;
  /** Starts every service in the order of the file. */
  up(): Promise<void>;
  /** Starts one service; `instead` gives it another name and another source of its first volume. */
  start(name: string, instead?: { readonly name: string; readonly volume: Mount }): Promise<Container>;
  close(): Promise<void>;
}

/** The value of `network_mode` or `pid` that names a service whose namespace is shared. */
const BESIDE = /^service:(.*)$/;

/** Reads the Compose file; nothing is built or started yet. */
export function openCompose(file: string): Compose {
  const text = readFileSync(join(repositoryRoot, file), 'utf8');
  const parsed = parse(text, { merge: true }) as { services: Record<string, ComposeService> };
  const services = Object.entries(parsed.services);
  const folder = join(scratchFolder(), 'compose');
  const logs = join(folder, 'logs');
  mkdirSync(logs, { recursive: true });
  const images = new Map<string, Image>();
  const containers = new Map<string, Container>();
  const service = (name: string): ComposeService => present(parsed.services[name], name);
  const image = (name: string): Image => present(images.get(name), name);
  const container = (name: string): Container => present(containers.get(name), name);
  const placed = services.flatMap(([name, { networks }]) =>
    networks === undefined ? [] : [{ name, address: networks.fleet.ipv4_address }],
  );
  const addresses = Object.fromEntries(placed.map(({ name, address }) => [name, address]));
  const start: Compose['start'] = async (name, instead) => {
    const spec = service(name);
    const built = image(spec.image);
    const place = placeOf(name, spec);
    await setKernelSettings(place.netns, spec.sysctls ?? {});
    const mounts = await Promise.all((spec.volumes ?? []).map((volume) => mountOf(volume, built, folder)));
    const started = startContainer({
      name: instead?.name ?? name,
      image: built,
      netns: place.netns,
      logs,
      addresses,
      mounts: instead === undefined ? mounts : [instead.volume],
      ...wordsOf(spec),
      ...(place.beside === undefined ? {} : { processesOf: container(place.beside) }),
    });
    containers.set(instead?.name ?? name, started);
    await started.firstProcess();
    return started;
  };
  return {
    services,
    logs,
    service,
    image,
    container,
    address: (name) => present(addresses[name], name),
    build: async () => {
      await createNetwork(placed);
      for (const [, { image: tag, build }] of services)
        if (build !== undefined && !images.has(tag))
          images.set(tag, await buildImage(tag.replace(/:.*/, ''), build.dockerfile));
    },
    up: async () => {
      for (const [name] of services) await start(name);
    },
    start,
    close: async () => {
      await Promise.all([...containers.values()].map(({ process }) => process.kill()));
      for (const each of images.values()) await each.close();
      await removeNetwork();
    },
  };
}

function present<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`the Compose file has no ${name}, or it isn't started yet`);
  return value;
}

/** The network namespace of a service, and the service whose pid namespace it shares. */
function placeOf(name: string, spec: ComposeService): { netns: string; beside: string | undefined } {
  const netns = BESIDE.exec(spec.network_mode ?? '')?.[1] ?? name;
  return { netns, beside: BESIDE.exec(spec.pid ?? '')?.[1] };
}

/** A service with its own entry point ignores the image's command. */
function wordsOf({ entrypoint, command }: ComposeService): {
  entrypoint?: readonly string[];
  command?: readonly string[];
} {
  if (entrypoint !== undefined) return { entrypoint, command: command ?? [] };
  return command === undefined ? {} : { command };
}

/** Sets the sysctls of a network namespace. */
async function setKernelSettings(netns: string, settings: Readonly<Record<string, number>>): Promise<void> {
  for (const [key, value] of Object.entries(settings)) {
    const write = `echo ${String(value)} > /proc/sys/${key.replaceAll('.', '/')}`;
    await runChecked(['nsenter', `--net=/run/netns/${netns}`, 'sh', '-c', write]);
  }
}

/** Fills a named volume with the image's content of its target; a path is a folder beside the Compose file. */
async function mountOf(volume: string, image: Image, folder: string): Promise<Mount> {
  const [from = '', target = '', mode] = volume.split(':');
  const readOnly = mode === 'ro';
  if (from.startsWith('./')) return { source: join(repositoryRoot, 'docker', from), target, readOnly };
  const source = join(folder, from);
  if (!existsSync(source)) await fillVolume(image, target, source);
  return { source, target, readOnly };
}
