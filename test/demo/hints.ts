import { readFileSync } from 'node:fs';
import type { Fleet } from '../support/fleet/fleet.ts';
import { programPath } from '../support/sandbox/programs.ts';
import { DEFAULT_PATH } from '../support/etcd/etcd.ts';

/** The command that enters the demo's private network from another terminal. */
function enterCommand(): string {
  const pid = process.env['KUBEFIGURATOR_SANDBOX_PID'] ?? '';
  const isRealRoot = /^\s*0\s+0\s+4294967295/.test(readFileSync('/proc/self/uid_map', 'utf8'));
  return isRealRoot ? `sudo nsenter -t ${pid} -n` : `nsenter -t ${pid} -U --preserve-credentials -n`;
}

/** Commands to try while the demo is up, ready to be pasted. */
export function formatHints(fleet: Fleet, change: { readonly how: string; readonly where: string }): string {
  const enter = enterCommand();
  const [first, second] = fleet.hosts;
  const etcdctl = `ETCDCTL_API=3 ${programPath('etcdctl')} --endpoints ${fleet.etcd.url}`;
  const [get, watch] = ['get', 'watch'].map(
    (verb) => `${enter} env ${etcdctl} ${verb} ${DEFAULT_PATH} --print-value-only`,
  );
  return `The demo stays up. Its network is private to this machine; from another terminal:

  # a Service, at each host's own address
  ${enter} curl -s -H 'Host: shop.example.com' http://${first?.address ?? ''}/
  ${enter} curl -s -H 'Host: docs.example.com' http://${second?.address ?? ''}/
  ${enter} curl -s --cacert ${fleet.authority.caFile} --connect-to ::${first?.address ?? ''}: https://nyc1-dashboard.example.com/

  # ${change.how}
  ${change.where}

  # the config in etcd: once, and whenever it changes
  ${get ?? ''}
  ${watch ?? ''}

  # what the programs log
  tail -f ${fleet.logs}/*.log

Ctrl-C ends everything.`;
}
