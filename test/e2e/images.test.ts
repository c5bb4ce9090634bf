import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Container, Mount } from '../support/container.ts';
import { startContainer } from '../support/container.ts';
import type { Image } from '../support/image.ts';
import { buildImage, contextOf, copiedBy, dockerfiles, fillVolume } from '../support/image.ts';
import { createNetwork, removeNetwork } from '../support/network.ts';
import { runChecked, runCommand } from '../support/processes.ts';
import { repositoryRoot, scratchFolder } from '../support/programs.ts';
import { ask } from '../support/request.ts';
import { waitFor, when } from '../support/wait.ts';

/** What our Compose file says about a service; a field that isn't here fails the first test. */
interface Service {
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

const UNDERSTOOD = [
  'image,build,entrypoint,command,read_only,cap_drop,security_opt,volumes,networks,network_mode,pid,sysctls',
  'depends_on,ports,restart',
].flatMap((names) => names.split(','));
const COMPOSE = parse(readFileSync(join(repositoryRoot, 'docker/compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
};
const services = Object.entries(COMPOSE.services);
const addressOf = (name: string): string | undefined => COMPOSE.services[name]?.networks?.fleet.ipv4_address;
const BESIDE = /^service:(.*)$/;

/** What docker/ describes, run without a container engine. */
describe('the images in docker/', () => {
  let folder: string;
  const images = new Map<string, Image>();
  const containers = new Map<string, Container>();
  const container = (name: string): Container => {
    const found = containers.get(name);
    if (found === undefined) throw new Error(`${name} isn't started`);
    return found;
  };

  beforeAll(async () => {
    folder = join(scratchFolder(), 'compose');
    mkdirSync(join(folder, 'logs'), { recursive: true });
    const hosts = services.flatMap(([name]) => {
      const address = addressOf(name);
      return address === undefined ? [] : [{ name, address }];
    });
    await createNetwork(hosts);
    for (const [, { image, build }] of services)
      if (build !== undefined && !images.has(image))
        images.set(image, await buildImage(image.replace(/:.*/, ''), build.dockerfile));
  }, 120_000);
  afterAll(async () => {
    await Promise.all([...containers.values()].map(({ process }) => process.kill()));
    for (const image of images.values()) await image.close();
    await removeNetwork();
  });

  it.each(dockerfiles())('%s copies exactly what its ignore file lets in', (dockerfile) => {
    expect(copiedBy(dockerfile).toSorted()).toEqual(contextOf(dockerfile).toSorted());
  });

  it('the Compose file says nothing that this test does not do', () => {
    for (const [name, service] of services) {
      expect(
        Object.keys(service).filter((field) => !UNDERSTOOD.includes(field)),
        name,
      ).toEqual([]);
      const { read_only, cap_drop, security_opt } = service;
      expect({ read_only, cap_drop, security_opt }, name).toEqual({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect([...images.values()].every(({ user }) => user === '65532:65532')).toBe(true);
    }
  });

  it.each(['producer', 'consumer'])('the image of the %s starts with --version and --help', async (app) => {
    const image = images.get(`kubefigurator-${app}:0.1.0`);
    if (image === undefined) throw new Error(`no image of the ${app}`);
    for (const flag of ['--version', '--help']) {
      const logs = join(folder, 'logs');
      const { process } = startContainer({ name: `${app}${flag}`, image, logs, command: [flag] });
      const { code } = await process.exited;
      expect({ code, log: process.log() }).toEqual({
        code: 0,
        log: expect.stringMatching(flag === '--help' ? /Usage: kubefigurator/ : /\d+\.\d+\.\d+/) as string,
      });
    }
  });

  describe('started as the Compose file says', () => {
    beforeAll(async () => {
      for (const [name, service] of services) await start(name, service);
    });

    async function start(name: string, service: Service): Promise<void> {
      const image = images.get(service.image);
      if (image === undefined) throw new Error(`${name} has no image`);
      const netns = BESIDE.exec(service.network_mode ?? '')?.[1] ?? name;
      const beside = BESIDE.exec(service.pid ?? '')?.[1];
      for (const [key, value] of Object.entries(service.sysctls ?? {})) {
        const file = `/proc/sys/${key.replaceAll('.', '/')}`;
        await runChecked([
          'nsenter',
          `--net=/run/netns/${netns}`,
          'sh',
          '-c',
          `echo ${String(value)} > ${file}`,
        ]);
      }
      const addresses = Object.fromEntries(services.map(([each]) => [each, addressOf(each) ?? '']));
      const started = startContainer({
        name,
        image,
        netns,
        logs: join(folder, 'logs'),
        addresses: Object.fromEntries(Object.entries(addresses).filter(([, address]) => address !== '')),
        mounts: await Promise.all((service.volumes ?? []).map((volume) => mountOf(volume, image))),
        // An entry point of its own does without the image's command.
        ...(service.entrypoint === undefined ? {} : { entrypoint: service.entrypoint, command: [] }),
        ...(service.command === undefined ? {} : { command: service.command }),
        ...(beside === undefined ? {} : { processesOf: container(beside) }),
      });
      containers.set(name, started);
      await started.firstProcess();
    }

    /** A named volume starts as what the image has there; a path is a folder beside the Compose file. */
    async function mountOf(volume: string, image: Image): Promise<Mount> {
      const [from = '', target = '', mode] = volume.split(':');
      const readOnly = mode === 'ro';
      if (from.startsWith('./')) return { source: join(repositoryRoot, 'docker', from), target, readOnly };
      const source = join(folder, from);
      if ((await runCommand(['test', '-e', source])).code !== 0) await fillVolume(image, target, source);
      return { source, target, readOnly };
    }

    const answers = (address: string, wanted: string): Promise<true> =>
      waitFor(`${address} serves`, async () => {
        const answer = await ask({ address, port: 80, host: 'hello.example.com' });
        const logs = [...containers.values()].map(({ process }) => `--- ${process.name}\n${process.tail(5)}`);
        return when(answer.body.includes(wanted), `${JSON.stringify(answer)}\n${logs.join('\n')}`);
      });

    it('every service runs, without root and on a root that can not be written', async () => {
      for (const [name] of services) {
        const pid = await container(name).firstProcess();
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        expect(/^Uid:\s+(.*)$/m.exec(status)?.[1], name).toBe('65532\t65532\t65532\t65532');
        expect(/^CapBnd:\s+(\w+)/m.exec(status)?.[1], name).toBe('0000000000000000');
        expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1], name).toBe('1');
        const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8')
          .split('\n')
          .map((line) => line.split(' '));
        expect(mounts.findLast(([, , , , place]) => place === '/')?.[5], name).toMatch(/^ro\b/);
      }
    });

    it('both hosts serve', async () => {
      for (const name of ['lb-1', 'lb-2']) await answers(addressOf(name) ?? '', 'hello from');
    });

    it('a change of a manifest is served by both hosts, by a reload that is proven', async () => {
      const manifest = join(repositoryRoot, 'docker/manifests/hello.yaml');
      expect(await container('producer').stop()).toEqual({ code: 0, signal: null });
      const changed = join(folder, 'manifests');
      mkdirSync(changed);
      const renamed = readFileSync(manifest, 'utf8').replace(
        'hello.example.com',
        'hello.example.com,other.test',
      );
      writeFileSync(join(changed, 'hello.yaml'), renamed);
      const { producer } = COMPOSE.services;
      const image = images.get(producer?.image ?? '');
      if (producer === undefined || image === undefined) throw new Error('no producer');
      const next = startContainer({
        name: 'producer-2',
        image,
        netns: 'producer',
        logs: join(folder, 'logs'),
        addresses: { etcd: addressOf('etcd') ?? '' },
        mounts: [{ source: changed, target: '/manifests', readOnly: true }],
        command: producer.command ?? [],
      });
      containers.set('producer-2', next);
      for (const name of ['lb-1', 'lb-2']) {
        const { process } = container(`${name}-consumer`);
        await waitFor(`${name} has applied it`, () => {
          const applied = process
            .log()
            .split('\n')
            .filter((line) => line.includes('"apply.applied"'));
          return when(
            applied.length >= 2 && applied.every((line) => line.includes('"proven":true')),
            process.tail(),
          );
        });
        await answers(addressOf(name) ?? '', 'hello from');
      }
    });

    it('HAProxy serves on when its consumer is gone', async () => {
      expect(await container('lb-1-consumer').stop()).toEqual({ code: 0, signal: null });
      await answers(addressOf('lb-1') ?? '', 'hello from');
    });
  });
});
