import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../support/kube/cluster.ts';
import { createManifestFolder } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { RunningProcess } from '../support/sandbox/processes.ts';
import { startProcess } from '../support/sandbox/processes.ts';
import { programPath, repositoryRoot } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

const FOLDER = join(repositoryRoot, 'deploy/monitoring');
const API = 'http://127.0.0.1:9090/api/v1';

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const { panels } = JSON.parse(readFileSync(join(FOLDER, 'dashboard.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

async function ask(path: string): Promise<unknown> {
  const response = await fetch(`${API}/${path}`);
  const answer = (await response.json()) as {
    readonly status: string;
    readonly data: unknown;
    readonly error?: string;
  };
  if (answer.status !== 'success') throw new Error(answer.error);
  return answer.data;
}

/** The alerts that are pending or firing, as `name host`; without those for the harness's certificates of two days. */
async function alerts(): Promise<readonly string[]> {
  const { alerts: present } = (await ask('alerts')) as {
    readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
  };
  const told = present.map(({ labels }) => `${labels['alertname'] ?? ''} ${labels['instance'] ?? ''}`.trim());
  return told.filter((name) => !name.startsWith('KubefiguratorCertificateExpiresSoon')).sort();
}

async function alerted(...names: readonly string[]): Promise<void> {
  await waitFor(
    `alerts: ${names.join(', ')}`,
    async () => {
      const present = await alerts();
      return when(
        names.every((name) => present.includes(name)),
        present.join(', '),
      );
    },
    { limitMs: 30_000, everyMs: 200 },
  );
}

/** A real Prometheus with the shipped rules scrapes a real fleet; alerts count as soon as they are pending. */
describe('deploy/monitoring with a real Prometheus', () => {
  let fleet: Fleet;
  let cluster: Cluster;
  let prometheus: RunningProcess;
  let targets: Readonly<Record<string, string>>;

  beforeAll(async () => {
    fleet = await startFleet();
    const folder = join(fleet.folder, 'prometheus');
    mkdirSync(folder);
    cluster = createManifestFolder(join(fleet.folder, 'manifests'));
    for (const node of fleet.nodes.list()) await cluster.apply(nodeManifest(node));
    fleet.startProducer(cluster.source);
    targets = Object.fromEntries(fleet.hosts.map(({ name, address }) => [name, `${address}:9641`]));
    const { scrape_configs: jobs } = parse(readFileSync(join(FOLDER, 'prometheus.yaml'), 'utf8')) as {
      readonly scrape_configs: readonly { readonly job_name: string }[];
    };
    const targetsOf = (job: string): readonly string[] =>
      job.endsWith('consumer') ? Object.values(targets) : ['127.0.0.1:9640'];
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [join(FOLDER, 'alerts.yaml')],
      scrape_configs: jobs.map(({ job_name: name }) => ({
        job_name: name,
        static_configs: [{ targets: targetsOf(name) }],
      })),
    };
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    const flags = {
      'config.file': join(folder, 'prometheus.yml'),
      'storage.tsdb.path': join(folder, 'data'),
      'web.listen-address': '127.0.0.1:9090',
    };
    prometheus = startProcess({
      name: 'prometheus',
      command: [
        programPath('prometheus'),
        ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
      ],
      logs: fleet.logs,
    });
    await fleet.addCertificate(['shop.example.com']);
    await cluster.apply(
      serviceManifest({
        name: 'shop',
        nodePort: 30001,
        options: { hostname: 'shop.example.com', 'no-such-option': 'x' },
      }),
    );
    for (const host of fleet.hosts) await host.waitUntilReady();
    await waitFor(
      'all targets are scraped, and nothing is wrong',
      async () => {
        const { result } = (await ask('query?query=up').catch(() => ({ result: [] }))) as {
          readonly result: readonly { readonly value: readonly [number, string] }[];
        };
        const isUp = result.length === 3 && result.every(({ value }) => value[1] === '1');
        const present = isUp ? await alerts() : [];
        return when(isUp && present.length === 0, `${JSON.stringify(result)} ${present.join(', ')}`);
      },
      { limitMs: 60_000, everyMs: 500 },
    );
  }, 120_000);
  afterAll(async () => {
    await prometheus.kill();
    await fleet.close();
  });

  it('has rules that Prometheus evaluates', async () => {
    const { groups } = (await ask('rules')) as {
      readonly groups: readonly {
        readonly rules: readonly { readonly name: string; readonly health: string }[];
      }[];
    };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it.each(queries)('has data for the panel “%s”: %s', async (_title, expression) => {
    const query = expression.replaceAll('$host', '.*').replaceAll('$__rate_interval', '30s');
    expect(query).not.toContain('$');
    await waitFor('a series', async () => {
      const { result } = (await ask(`query?query=${encodeURIComponent(query)}`)) as {
        readonly result: readonly unknown[];
      };
      return when(result.length > 0, JSON.stringify(result));
    });
  });

  it('alerts for what happens on a host, and for nothing else', async () => {
    const [one = '', two = ''] = [targets['lb-1'], targets['lb-2']];
    await fleet.host('lb-1').stopHaproxy();
    expect(await fleet.host('lb-2').runConsumer('freeze', '--reason=disk')).toMatchObject({ code: 0 });
    await alerted(`KubefiguratorHaproxyStopped ${one}`, `KubefiguratorHostFrozen ${two}`);
    await cluster.apply(
      serviceManifest({ name: 'new', nodePort: 30002, options: { hostname: 'new.example.com' } }),
    );
    await waitFor('the agents have noticed it', async () => {
      const text = await fleet.etcd.get();
      return when(text?.includes('default/new') === true, text ?? '');
    });
    expect((await alerts()).filter((name) => name.includes('NotInSync'))).toEqual([]);
    await fleet.host('lb-1').startHaproxy();
    expect(await fleet.host('lb-2').runConsumer('thaw')).toMatchObject({ code: 0 });
    await alerted(`KubefiguratorLeftOut ${one}`, `KubefiguratorLeftOut ${two}`);
    await fleet.host('lb-2').stopConsumer();
    await alerted(`KubefiguratorConsumerDown ${two}`);
    await fleet.addCertificate(['new.example.com']);
    await waitFor(
      'only the agent that was stopped is left',
      async () => {
        const present = (await alerts()).filter((name) => !name.startsWith('KubefiguratorHostChanged'));
        return when(present.join() === `KubefiguratorConsumerDown ${two}`, present.join(', '));
      },
      { limitMs: 40_000, everyMs: 500 },
    );
  }, 120_000);

  it('alerts if somebody else writes to the key, again and again', async () => {
    for (const text of ['# a\n', '# b\n', '# c\n', '# d\n']) {
      await fleet.etcd.put(text);
      await waitFor('the producer has put its text back', async () => {
        const found = await fleet.etcd.get();
        return when(found?.includes('default/shop') === true, found ?? '');
      });
    }
    await alerted('KubefiguratorForeignText 127.0.0.1:9640');
  }, 60_000);
});
