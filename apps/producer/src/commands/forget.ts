import { defineCommand, OperatorError, unlessStopped, UsageError } from '@kubefigurator/daemon';
import { openHostReader } from '@kubefigurator/etcd-store';
import { cut } from '../fleet/table.ts';
import { forgetSettings } from '../fleet-settings.ts';
import { signatureOf } from './signature.ts';

/** Removes the status of a host that is gone. */
export const forget = defineCommand({
  name: 'forget',
  summary: 'remove the status of a host that is gone for good',
  description:
    'A host that dies stays in status until it is forgotten. Nothing changes on the host: one that comes back writes its ' +
    'status again. A host whose agent runs, or ended less than half a minute ago, is refused. Needs etcd only. Exits 0 ' +
    'when the status is removed, 1 when the host is alive or has none.',
  settings: forgetSettings,
  positional: ['host'],
  run: async ({ io, settings, log }) => {
    const { host } = settings;
    if (host === undefined) throw new UsageError('forget: give the host, as status shows it: forget lb-2');
    const hostReader = openHostReader(settings, { log });
    try {
      const result = await hostReader.forget(host);
      if (result === 'unknown') throw await unknownHost(host, unlessStopped(hostReader.read(), io.signal));
      if (result === 'alive')
        throw new OperatorError(`the agent of ${cut(host)} runs, or ended less than half a minute ago`, {
          hint: 'stop kubefigurator-consumer there first; it would write its status again',
        });
      log.warn({ host, ...signatureOf(io, settings) }, 'host.forgotten');
      io.stdout.write(`${cut(host)} is forgotten\n`);
      return 0;
    } finally {
      hostReader.close();
    }
  },
});

/** The error for a host without a status; its hint names the hosts that can be forgotten. */
async function unknownHost(
  host: string,
  hosts: Promise<readonly { readonly host: string; readonly isAlive: boolean }[]>,
): Promise<OperatorError> {
  const dead = (await hosts).filter(({ isAlive }) => !isAlive).map((each) => cut(each.host));
  const known =
    dead.length === 0
      ? 'every host there is alive'
      : `hosts that aren't alive: ${dead.slice(0, 10).join(', ')}`;
  return new OperatorError(`there is no status of ${cut(host)}`, { hint: known });
}
