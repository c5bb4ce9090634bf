import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Compose } from '../support/images/compose.ts';
import { openCompose, UNDERSTOOD } from '../support/images/compose.ts';
import { startContainer } from '../support/images/container.ts';
import { contextOf, copiedBy, dockerfiles } from '../support/images/image.ts';
import { repositoryRoot, scratchFolder } from '../support/sandbox/programs.ts';
import { ask } from '../support/fleet/request.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const HOSTS = ['lb-1', 'lb-2'];

/** The images and the Compose file of docker/, run without a container engine. */
describe('the images in docker/', () => {
  let compose: Compose;

  beforeAll(async () => {
    compose = openCompose('docker/compose.yaml');
    await compose.build();
  }, 120_000);
  afterAll(() => compose.close());

  it.each(dockerfiles())('%s copies exactly what its ignore file lets in', (dockerfile) => {
    expect(copiedBy(dockerfile).toSorted()).toEqual(contextOf(dockerfile).toSorted());
  });

  it('the Compose file has no field that this test doesn’t know, and restricts every service', () => {
    expect([...compose.services]).not.toEqual([]);
    for (const [name, service] of compose.services) {
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
    }
  });

  it.each(['producer', 'consumer'])('the image of the %s starts with --version and --help', async (app) => {
    const image = compose.image(`kubefigurator-${app}:0.1.0`);
    for (const [flag, words] of [
      ['--version', /\d+\.\d+\.\d+/],
      ['--help', /Usage: kubefigurator/],
    ] as const) {
      const name = `${app}${flag}`;
      const { process } = startContainer({ name, image, logs: compose.logs, command: [flag] });
      expect((await process.exited).code, process.log()).toBe(0);
      expect(process.log()).toMatch(words);
    }
  });

  it.each(['producer', 'consumer'])('the image of the %s has the licences of what is in it', (app) => {
    const { root } = compose.image(`kubefigurator-${app}:0.1.0`);
    const folder = join(root, `usr/share/doc/kubefigurator-${app}`);
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toContain('Apache License');
    const texts = readFileSync(join(folder, `kubefigurator-${app}.licenses.txt`), 'utf8');
    expect(texts).toMatch(/^etcd3 \d+\.\d+\.\d+: MIT$/m);
    expect(texts).toMatch(/^@grpc\/grpc-js \d+\.\d+\.\d+: Apache-2.0$/m);
    expect(texts).toContain('Permission is hereby granted, free of charge');
  });

  describe('started as the Compose file says', () => {
    beforeAll(() => compose.up());

    const served = (name: string, host = 'hello.example.com'): Promise<true> =>
      waitFor(`${name} serves`, async () => {
        const answer = await ask({ address: compose.address(name), port: 80, host });
        const logs = compose.services.map(([each]) => compose.container(each).process.tail(5));
        return when(answer.body.includes('hello from'), `${JSON.stringify(answer)}\n${logs.join('\n')}`);
      });

    it('every service runs as an unprivileged user, on a read-only root file system', async () => {
      for (const [name] of compose.services) {
        const pid = await compose.container(name).firstProcess();
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        expect(/^Uid:\s+(.*)$/m.exec(status)?.[1], name).toBe('65532\t65532\t65532\t65532');
        expect(/^CapBnd:\s+(\w+)/m.exec(status)?.[1], name).toBe('0000000000000000');
        expect(/^NoNewPrivs:\s+(\d)/m.exec(status)?.[1], name).toBe('1');
        const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
        const root = mounts.map((line) => line.split(' ')).findLast(([, , , , place]) => place === '/');
        expect(root?.[5], name).toMatch(/^ro\b/);
      }
    });

    it('both hosts serve', async () => {
      for (const name of HOSTS) await served(name);
    });

    it('a change of a manifest is served by both hosts, by a reload that is proven', async () => {
      expect(await compose.container('producer').stop()).toEqual({ code: 0, signal: null });
      const source = mkdtempSync(join(scratchFolder(), 'manifests-'));
      chmodSync(source, 0o755);
      const manifest = readFileSync(join(repositoryRoot, 'docker/manifests/hello.yaml'), 'utf8');
      const renamed = manifest.replace('hello.example.com', 'other.example.com');
      writeFileSync(join(source, 'hello.yaml'), renamed);
      const volume = { source, target: '/manifests', readOnly: true };
      await compose.start('producer', { name: 'producer-2', volume });
      for (const name of HOSTS) {
        await served(name, 'other.example.com');
        const { process } = compose.container(`${name}-consumer`);
        await waitFor(`${name} has logged it`, () => {
          const applied = process
            .log()
            .split('\n')
            .filter((line) => line.includes('"apply.applied"'));
          const proven = applied.filter((line) => line.includes('"proven":true'));
          return when(applied.length === 2 && proven.length === 2, process.tail());
        });
      }
    });

    it('HAProxy keeps serving after its consumer has ended', async () => {
      expect(await compose.container('lb-1-consumer').stop()).toEqual({ code: 0, signal: null });
      await served('lb-1', 'other.example.com');
    });
  });
});
