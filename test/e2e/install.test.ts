import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../support/images/container.ts';
import type { DocBlock } from '../support/machine/doc-blocks.ts';
import { readDocBlocks } from '../support/machine/doc-blocks.ts';
import type { EchoAnswer } from '../support/fleet/nodes-protocol.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { Image } from '../support/images/image.ts';
import { buildImage } from '../support/images/image.ts';
import type { ApiServer } from '../support/kube/kube.ts';
import { startApiServer } from '../support/kube/kube.ts';
import { CHECKOUT, startMachine, type Machine } from '../support/machine/machine.ts';
import { nodeManifest } from '../support/kube/manifests.ts';
import type { Deployment } from '../support/images/pod.ts';
import { kubectl, startPod } from '../support/images/pod.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';

const PAGE = join(repositoryRoot, 'docs/install.md');
const OPERATIONS = join(repositoryRoot, 'docs/operations.md');
const NAMES = ['etcd-1.example.com', 'lb-1.example.com'];

/** One bare machine is etcd's, the load-balancer host and the administrator's; cluster and nodes are outside it. */
describe('docs/install.md', () => {
  let fleet: Fleet;
  let server: ApiServer;
  let machine: Machine;
  let producer: Image;
  let pod: Container | undefined;
  let lastOutput = '';
  let failed = false;
  const blocks = readDocBlocks(PAGE);

  beforeAll(async () => {
    fleet = await startFleet({ hosts: ['lb-1'], haproxy: false, consumers: false });
    server = await startApiServer(fleet);
    const { address } = fleet.host('lb-1');
    const addresses = Object.fromEntries(NAMES.map((name) => [name, address]));
    machine = await startMachine({ name: 'lb-1', netns: 'lb-1', logs: fleet.logs, addresses });
    await machine.must('apt-get update');
    machine.write('/root/.kube-config', await kubectl(server, 'config', 'view', '--raw', '--flatten'), 0o600);
    producer = await buildImage('producer', 'docker/producer.Dockerfile');
    for (const node of fleet.nodes.list()) await server.client.create(nodeManifest(node));
  });
  afterAll(async () => {
    await pod?.process.kill();
    await machine.close();
    await producer.close();
    await server.close();
    await fleet.close();
  });

  async function execute(block: DocBlock): Promise<string> {
    const script = `export KUBECONFIG=/root/.kube-config; cd ${CHECKOUT}\n${block.code}`;
    const { code, stdout, stderr } = await machine.sh(script);
    if (code === 0) return stdout;
    const journal = await machine.must('journalctl --no-pager -n 30');
    throw new Error(`exit ${String(code)}\n${stderr}\n${journal}\n${fleet.logTails()}`);
  }

  const getDeployment = (): Promise<string> =>
    kubectl(server, 'get', '-n', 'kubefigurator', 'deployment/kubefigurator-producer', '-o', 'json');

  /** Does what a real cluster would do after this block: runs the Pod, and opens the Service's node ports. */
  async function followCluster(block: DocBlock): Promise<void> {
    if (block.code.includes('rollout status')) {
      const deployment = JSON.parse(await getDeployment()) as Deployment;
      const addresses = { [NAMES[0] ?? '']: fleet.host('lb-1').address };
      pod = await startPod({
        server,
        image: producer,
        deployment,
        logs: fleet.logs,
        ca: fleet.authority.ca,
        addresses,
      });
    } else if (block.heading === 'The first Service') {
      const port = await kubectl(server, 'get', 'service/shop', '-o', 'jsonpath={.spec.ports[0].nodePort}');
      await fleet.nodes.listenPlain(Number(port));
    }
  }

  it.each(blocks.map((block) => [`line ${String(block.line)}, ${block.heading}`, block] as const))(
    '%s',
    async (_name, block) => {
      if (failed) throw new Error('an earlier block failed');
      failed = true;
      if (block.notRun === undefined) lastOutput = await execute(block);
      await followCluster(block);
      failed = false;
    },
  );

  it('ends with a request that a node has served, to which HAProxy speaks plain http', () => {
    const { host, from, tls } = JSON.parse(lastOutput.slice(lastOutput.indexOf('\n{'))) as EchoAnswer;
    const address = fleet.host('lb-1').address;
    expect({ host, from, tls }).toEqual({ host: 'shop.example.com', from: address, tls: false });
  });

  it('has the first Service of README.md', () => {
    const service = blocks.find(({ heading }) => heading === 'The first Service')?.code ?? '';
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
    const [, written = ''] = /## A first Service\n\n```yaml\n([^`]*)```/.exec(readme) ?? [];
    expect(written).not.toBe('');
    expect(service.replace('  namespace: default\n', '')).toContain(written);
  });

  describe('the commands of the runbooks in docs/operations.md work there', () => {
    const all = readDocBlocks(OPERATIONS);
    const [first] = all.filter(({ heading }) => heading === 'Runbooks');
    const commands = all.filter(
      ({ heading, notRun }) => /^Kubefigurator/.test(heading) && notRun === undefined,
    );

    it.each(commands.map((block) => [`line ${String(block.line)}, ${block.heading}`, block] as const))(
      '%s',
      async (_name, block) => {
        if (failed) throw new Error('a block of the installation failed');
        expect(first?.code).toContain('/etc/default/kubefigurator-consumer');
        await execute({ ...block, code: `set -e\n${first?.code ?? ''}\n${block.code}` });
      },
    );
  });

  it('has probes that the running Pod answers', async () => {
    const { spec } = JSON.parse(await getDeployment()) as Deployment;
    for (const { ports, startupProbe, livenessProbe, readinessProbe } of spec.template.spec.containers) {
      const metrics = ports.find(({ name }) => name === 'metrics');
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        expect(httpGet.port).toBe('metrics');
        const answer = await fetch(`http://127.0.0.1:${String(metrics?.containerPort)}${httpGet.path}`);
        expect(answer.status, httpGet.path).toBe(200);
      }
    }
  });

  it('names a command that shows what would change, which is nothing', async () => {
    const command = /`(set -a;.* kubefigurator-consumer diff)`/.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
    expect(await machine.sh(command)).toMatchObject({ code: 0 });
  });

  it('changes nothing of what HAProxy serves if its blocks are executed on a host that serves already', async () => {
    const files = ['/etc/haproxy/haproxy.cfg', '/etc/haproxy/dynamic.cfg'];
    const own = blocks.filter(({ code }) => /systemd\/(?:haproxy|dynamic)\.cfg/.test(code));
    expect(own).toHaveLength(2);
    // The agent would repair its file.
    await machine.must('systemctl stop kubefigurator-consumer');
    await machine.must(`echo '# an edit of the operator' >> ${files[0] ?? ''}`);
    const before = await machine.must(`cat ${files.join(' ')}`);
    expect(before).toContain('use_backend');
    for (const block of own) await execute(block);
    expect(await machine.must(`cat ${files.join(' ')}`)).toBe(before);
    await machine.must('systemctl is-active haproxy');
    await machine.must('systemctl start kubefigurator-consumer');
  });

  it('has only these blocks that the test doesn’t execute', () => {
    expect(
      blocks.filter(({ notRun }) => notRun !== undefined).map(({ code }) => code.split('\n')[0]),
    ).toEqual([
      'npm ci',
      expect.stringMatching(/^docker build/),
      expect.stringMatching(/rollout status/),
      'kubectl create namespace kubefigurator',
    ]);
  });
});
