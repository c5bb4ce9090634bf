import type { Fleet } from '../support/fleet/fleet.ts';
import type { Cluster } from '../support/kube/cluster.ts';
import type { CommandResult } from '../support/sandbox/processes.ts';
import { runCommand } from '../support/sandbox/processes.ts';
import { bundlePath } from '../support/sandbox/programs.ts';
import { waitFor, when } from '../support/sandbox/wait.ts';

/** A Service of a cluster, which has this value of `--cluster`. */
export interface Explained {
  readonly cluster: Cluster;
  readonly name: string;
  /** `<namespace>/<name>`. */
  readonly service: string;
}

/** Why a Service isn't served: the command and the first lines of what it says. */
export async function explanationOf(fleet: Fleet, explained: Explained): Promise<readonly string[]> {
  const { cluster, name, service } = explained;
  const words = ['service', service, `--cluster=${name}`];
  const { stdout, stderr } = await fleet.runProducer('explain', cluster.source, ...words);
  if (stdout === '') throw new Error(`explain said nothing about ${service}: ${stderr}`);
  return [`$ kubefigurator-producer explain service ${service}`, ...stdout.trimEnd().split('\n').slice(0, 8)];
}

/** The state of the fleet: the command and what it says. */
export async function statusOf(fleet: Fleet): Promise<readonly string[]> {
  const { stdout, stderr } = await runWithEtcd(fleet, 'status');
  if (stdout === '') throw new Error(`status said nothing: ${stderr}`);
  return ['$ kubefigurator-producer status', ...stdout.trimEnd().split('\n')];
}

/** Waits until a guard holds something, or nothing any more. */
export async function untilHeld(fleet: Fleet, isHeld: boolean): Promise<void> {
  await waitFor(`a guard holds ${isHeld ? 'something' : 'nothing'}`, async () => {
    const { code, stdout } = await runWithEtcd(fleet, 'held');
    return when(code === (isHeld ? 3 : 0), stdout);
  });
}

function runWithEtcd(fleet: Fleet, command: string): Promise<CommandResult> {
  return runCommand([process.execPath, bundlePath('producer'), command, `--etcd-host=${fleet.etcd.url}`]);
}
