import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { logEvents } from '../support/fleet/log-events.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand, startProcess } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';
import type { LocalEtcd } from './local-etcd.ts';
import { freePort, KEY, startLocalEtcd } from './local-etcd.ts';

const HEADER = /^# kubefigurator: written by kubefigurator-producer;/;
const service = (name: string, annotations: string): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  labels: {haproxy-kubefigurator.enabled: "yes"}
  annotations:
    haproxy-kubefigurator.hostname: ${name}.example.com
${annotations === '' ? '' : `    haproxy-kubefigurator.${annotations}\n`}spec: {type: NodePort, ports: [{name: web, port: 80, nodePort: 30080}]}
`;
const GOOD = service('good', '');
const BAD = service('bad', 'listen-port: "0"');
const WARNED = service('warned', 'use-ssl: "True"');
const NODE = JSON.stringify(nodeManifest({ name: 'worker-a', address: '10.1.0.11' }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kf-view-'));
  mkdirSync(join(folder, 'manifests'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'manifests', name), text);
}

function producer(command: string, ...flags: readonly string[]): Promise<CommandResult> {
  return runCommand([process.execPath, bundlePath('producer'), command, ...flags], { cwd: folder });
}
const view = (...flags: readonly string[]): Promise<CommandResult> =>
  producer('view', '--from=manifests', ...flags);

describe('view', () => {
  it('exits 0 with diagnostics if only some Services are invalid, and shows the others', async () => {
    write({ 'all.yaml': [GOOD, BAD, WARNED].join('---\n'), 'node.json': NODE });
    const { code, stdout, stderr } = await view();
    expect(code).toBe(0);
    expect(
      stderr.split('\n').map((line) => /^\w+: Service \S+ port web: .*\[([a-z-]+)\]$/.exec(line)?.[1]),
    ).toEqual([...['invalid-value', 'conflict-tls', 'unusual-boolean', undefined, undefined]]);
    expect(stdout).toMatch(HEADER);
    expect(stdout).toContain('backend k8s-service_default_good_web_backend');
    expect(stdout).not.toContain('_bad_');
  });

  it('prints the diagnostics on stderr as a JSON array with -o json, and on stdout the same config as without it', async () => {
    write({ 'all.yaml': [GOOD, BAD].join('---\n'), 'node.json': NODE });
    const { code, stdout, stderr } = await view('-o', 'json');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: (await view()).stdout });
    expect(JSON.parse(stderr)).toMatchObject([
      {
        ...{ code: 'invalid-value', severity: 'error', port: 'web' },
        object: { kind: 'Service', namespace: 'default', name: 'bad' },
        message: expect.stringContaining('listen-port') as string,
      },
    ]);
  });

  it('exits 0; stderr has only how claims were decided if there is no diagnostic, and no-services if nothing is to be served', async () => {
    write({ 'all.yaml': GOOD, 'node.json': NODE });
    const stderr = 'claims: by the age of the Services, since no --etcd-host is given\n';
    expect(await view()).toMatchObject({ code: 0, stderr });
    write({ 'all.yaml': 'apiVersion: v1\nkind: List\nitems: []\n' });
    const nothing = await view('--output=json');
    expect(nothing).toMatchObject({ code: 0, stdout: expect.stringMatching(HEADER) as string });
    expect(JSON.parse(nothing.stderr)).toMatchObject([
      { ...{ code: 'no-services', severity: 'error' }, object: { kind: 'Cluster', name: '' } },
    ]);
    expect(nothing.stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    ['a broken second document', { 'a.yaml': `${GOOD}---\nkind: [\n` }, /a\.yaml, document 2, line 1[0-9]: /],
    [
      'a number for a text',
      { 'a.yaml': GOOD.replace('good.example.com', '7') },
      /a\.yaml, document 1, line 7: .*must be a string/,
    ],
    ['broken JSON', { 'a.json': '{"kind": "List",\n"items": [}\n' }, /a\.json, document 1, line 2: /],
    ['the second file', { 'a.yaml': GOOD, 'b.yaml': 'text\n' }, /b\.yaml, document 1, line 1: /],
    [
      'the same object twice',
      { 'a.yaml': GOOD, 'b.yml': GOOD },
      /b\.yml, document 1, line 1: .* already in .*a\.yaml/,
    ],
    ['an empty file', { 'a.yaml': '' }, /a\.yaml, document 1, line 1: /],
  ])('exits 1 and names file, document and line: %s', async (_what, files, message) => {
    write(files);
    const { code, stdout, stderr } = await view();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('exits 1 if there is nothing to read, and names the path', async () => {
    const { code, stderr } = await producer('view', '--from=nowhere');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('nowhere') as string });
    write({ 'notes.txt': 'x' });
    const empty = await view();
    expect(empty).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/manifests/) as string,
    });
  });

  it.each([
    [['--no-such-flag'], '--no-such-flag'],
    [['--clutser', 'nyc1'], 'did you mean --cluster?'],
    [['--cluster=new york'], '--cluster'],
    [['-o', 'yaml'], 'json'],
    [['--certificate-dir=ssl'], '--certificate-dir'],
    [['--default-certificate=../a.pem'], '--default-certificate'],
    [['--backend-ca-file=ca.pem'], '--backend-ca-file'],
    [['--node-selector=a in b'], '--node-selector'],
    [['--node-address-type=Hostname'], 'InternalIP'],
    [['--reserved-port=70000'], '--reserved-port'],
    [['--namespace=Shop'], '--namespace'],
    [['manifests'], 'manifests'],
    [['--from'], '--from'],
  ])('exits 2 for a usage error, and names the flag or what is valid: %j', async (flags, words) => {
    write({ 'all.yaml': GOOD });
    const { code, stdout, stderr } = await view(...flags);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('keeps reserved and well-known ports for the hosts, as the flags say', async () => {
    const at = (port: number): string => service(`p${String(port)}`, `listen-port: "${String(port)}"`);
    write({ 'all.yaml': [at(22), at(6443), at(9000), at(80)].join('---\n') });
    const lost = async (...flags: readonly string[]): Promise<unknown[]> =>
      [...(await view(...flags)).stderr.matchAll(/default\/p(\d+) .*\[reserved-port\]/g)].map(
        ([, port]) => port,
      );
    expect(await lost()).toEqual(['22', '6443']);
    expect(await lost('--no-well-known-ports')).toEqual(['22']);
    expect(await lost('--listen-ports=80,6000-9000')).toEqual(['22']);
    expect(await lost('--reserved-port=6443', '--reserved-port=9000,80')).toEqual(['6443', '80', '9000']);
    expect(await lost('--reserved-port=', '--no-well-known-ports')).toEqual([]);
  });

  it.each([
    '--node-network=10.1.0.0/16,2001:db8::/48',
    '--node-network=192.0.2.0/24 --node-network=10.1.0.11/32',
  ])('only addresses of --node-network become servers: %s', async (flags) => {
    const outside = JSON.stringify(nodeManifest({ name: 'worker-b', address: '10.2.0.12' }));
    write({ 'good.yaml': GOOD, 'a.json': NODE, 'b.json': outside });
    const { code, stdout, stderr } = await view(...flags.split(' '));
    expect(code).toBe(0);
    expect(stdout.match(/server \S+ \S+/g)).toEqual(['server worker-a 10.1.0.11:30080']);
    expect(stderr).toMatch(/warning: Node worker-b: .*"10\.2\.0\.12" is outside of --node-network/);
  });

  it.each(['10.1.0.11', '10.1.0.11/16', '10.1.0.0/33', 'worker'])(
    '--node-network=%s is used wrongly',
    async (network) => {
      write({ 'good.yaml': GOOD });
      const { code, stderr } = await view(`--node-network=${network}`);
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(network) as string });
    },
  );
});

describe('with an etcd', () => {
  let etcd: LocalEtcd;
  beforeAll(async () => {
    etcd = await startLocalEtcd();
  });
  afterAll(() => etcd.end());
  const flags = (): string[] => [
    '--from=manifests',
    '--cluster=nyc1',
    `--etcd-host=${etcd.url}`,
    `--etcd-path=${KEY}`,
  ];

  it('view reads the claims if the address of etcd is given, and says so', async () => {
    const young = service('young', 'hostname: good.example.com');
    const standing = young.replace('    haproxy-kubefigurator.hostname: young.example.com\n', '');
    const path = `${KEY}-view`;
    const at = flags()
      .filter((flag) => !flag.startsWith('--etcd-path'))
      .concat(`--etcd-path=${path}`);
    write({ 'all.yaml': standing, 'node.json': NODE });
    expect(await view(...at.slice(1))).toMatchObject({
      code: 0,
      stderr: `claims: by the age of the Services, since ${path} holds no text of a producer\n`,
    });
    expect(await producer('apply', ...at)).toMatchObject({ code: 0 });
    write({ 'all.yaml': [GOOD, standing].join('---\n'), 'node.json': NODE });
    const known = await view(...at.slice(1));
    expect(known.stdout).toContain('_young_');
    expect(known.stdout).not.toContain('_good_');
    expect(known.stderr).toMatch(/conflict-host[^]*\nclaims: as they stand in \S+-view at revision \d+\n$/);
    expect((await view()).stdout).toContain('_good_');
    expect(await producer('diff', ...at)).toMatchObject({ code: 0 });
  });

  it('diff prints the diagnostics too', async () => {
    write({ 'all.yaml': [GOOD, BAD].join('---\n'), 'node.json': NODE });
    const { code, stdout, stderr } = await producer('diff', ...flags(), '-o', 'json');
    expect(code).toBe(1);
    expect(stdout).toContain('+backend k8s-service_default_good_web_backend');
    expect((JSON.parse(stderr) as { code: string }[]).map((each) => each.code)).toEqual(['invalid-value']);
  });

  it('watch counts diagnostics by code, and logs each once', async () => {
    write({ 'a.yaml': GOOD, 'b.yaml': BAD, 'node.json': NODE });
    const port = String(await freePort());
    const command = [process.execPath, bundlePath('producer'), 'watch', '--log-format=json', ...flags()];
    const watching = startProcess({
      ...{ name: 'producer', logs: folder, cwd: folder },
      command: [...command, `--metrics-address=127.0.0.1:${port}`],
    });
    const metric = async (line: string): Promise<void> => {
      await waitFor(line, async () => {
        const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
        const text = (await response?.text()) ?? '';
        return when(text.split('\n').includes(line), watching.tail());
      });
    };
    try {
      await metric('kubefigurator_producer_diagnostics{code="invalid-value",severity="error"} 1');
      write({ 'c.yaml': service('worse', 'listen-port: "x"') });
      await metric('kubefigurator_producer_diagnostics{code="invalid-value",severity="error"} 2');
      write({ 'c.yaml': WARNED });
      await metric('kubefigurator_producer_diagnostics{code="unusual-boolean",severity="warning"} 1');
      const appeared = logEvents(watching).filter(({ msg }) => msg === 'diagnostic.appeared');
      expect(appeared.map(({ subject }) => subject)).toEqual([
        ...['default/bad', 'default/worse', 'default/warned', 'default/warned'].map(
          (name) => `Service ${name} port web`,
        ),
      ]);
    } finally {
      // One that is killed would lead until its lease ends.
      await watching.stop();
    }
  });
});
