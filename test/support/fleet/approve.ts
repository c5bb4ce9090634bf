import { runCommand } from '../sandbox/processes.ts';
import { bundlePath } from '../sandbox/programs.ts';
import { waitFor, when } from '../sandbox/wait.ts';
import type { Fleet } from './fleet.ts';

/** Approves what a guard holds until the text names no Service that begins so, such as `evil/own-`. */
export async function approveUntilGone({ etcd }: Fleet, service: string): Promise<void> {
  await waitFor(`what is held of ${service} was approved`, async () => {
    const approve = [process.execPath, bundlePath('producer'), 'approve', `--etcd-host=${etcd.url}`];
    const { stderr } = await runCommand(approve);
    const text = (await etcd.get()) ?? '';
    return when(!text.includes(`service: ${service}`), stderr);
  });
}
