import { writeFileSync } from 'node:fs';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fleet } from '../support/fleet/fleet.ts';
import { startFleet } from '../support/fleet/fleet.ts';
import type { LoadBalancerHost } from '../support/fleet/host.ts';
import { startLoad } from '../support/measuring/load.ts';
import type { Question } from '../support/fleet/request.ts';
import { ask, askTcp, servedBy, waitForAnswer } from '../support/fleet/request.ts';

/** The other end-to-end tests rely on this: a test can tell every host and every node apart. */
describe('the fleet of the harness', () => {
  let fleet: Fleet;
  const question = (host: LoadBalancerHost): Question => ({
    address: host.address,
    port: 80,
    host: 'a.example.com',
  });
  const right = (host: LoadBalancerHost): ReturnType<typeof servedBy> =>
    servedBy(question(host), { nodePort: 30080, nodes: ['worker-a', 'worker-b'] });

  beforeAll(async () => {
    fleet = await startFleet({ haproxy: false, consumers: false });
    await fleet.nodes.listen(30080, 30443);
    await fleet.addCertificate(['tls.example.com']);
    for (const host of fleet.hosts) {
      writeFileSync(host.haproxyConfig, handWritten(fleet));
      await host.startHaproxy();
    }
  });
  afterAll(() => fleet.close());

  it('answers at each host’s own address, with the name of a node', async () => {
    for (const host of fleet.hosts) {
      const { answer } = await waitForAnswer(question(host), right(host));
      expect(answer.echo?.from).toBe(host.address);
    }
  });

  it('speaks TLS to clients and to nodes', async () => {
    for (const host of fleet.hosts) {
      const answer = await ask({
        address: host.address,
        port: 443,
        host: 'tls.example.com',
        ca: fleet.authority.ca,
      });
      expect(answer).toMatchObject({ status: 200, echo: { tls: true, port: 30443 } });
    }
  });

  it('speaks plain TCP', async () => {
    const [host] = fleet.hosts;
    expect(await askTcp(host?.address ?? '', 9000)).toBe('worker-a 30080');
  });

  it('answers with the name of a node added while it runs', async () => {
    const added = await fleet.nodes.add('worker-c');
    const [host] = fleet.hosts;
    expect(await host?.runtime(`set server web/a addr ${added.address} port 30080`)).toContain('IP changed');
    const expected = { nodePort: 30080, nodes: ['worker-c'] };
    for (const each of fleet.hosts.slice(0, 1))
      await waitForAnswer(question(each), servedBy(question(each), expected));
  });

  it('counts the failed requests of a load', async () => {
    const [host] = fleet.hosts as [LoadBalancerHost];
    const targets = [{ ...question(host), nodePort: 30080 }];
    const good = await startLoad({ targets, perSecond: 200, limitMs: 1000 }, fleet.logs);
    expect(await good.stop()).toMatchObject({ failed: 0, failures: [] });
    const wrong = await startLoad(
      { targets: [{ ...question(host), nodePort: 1 }], perSecond: 200, limitMs: 1000 },
      fleet.logs,
    );
    const report = await wrong.stop();
    expect(report.failed).toBe(report.sent);
    expect(report.failures[0]).toContain('node port 30080');
  });

  it('doesn’t reach another host in place of a dead one', async () => {
    const [first, second] = fleet.hosts as [LoadBalancerHost, LoadBalancerHost];
    await first.haproxy().kill();
    await waitForAnswer(question(first), ({ error }) => error === 'ECONNREFUSED');
    expect(right(second)(await ask(question(second)))).toBe(true);
  });
});

function handWritten(fleet: Fleet): string {
  const [a, b] = fleet.nodes.list();
  return `${CONFIG_HEADER}
frontend plain
  bind *:80
  default_backend web
frontend tls
  bind *:443 ssl crt ${fleet.certificateDir}/tls.example.com.pem
  default_backend tls
frontend tcp
  mode tcp
  bind *:9000
  default_backend raw
backend web
  server a ${a?.address ?? ''}:30080
  server b ${b?.address ?? ''}:30080
backend tls
  server a ${a?.address ?? ''}:30443 ssl verify none
backend raw
  mode tcp
  server a ${a?.address ?? ''}:30080
`;
}
