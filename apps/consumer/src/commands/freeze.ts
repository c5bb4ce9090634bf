import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { CommandContext } from '@kubefigurator/daemon';
import { describeFreeze } from '@kubefigurator/config-model';
import { readFreeze, removeFreeze, writeFreeze } from '../state/freeze.ts';
import { lockHolder } from '../state/lock.ts';
import { openStateFolder, stateTrouble } from '../state/ledger.ts';
import type { freezeSettings, thawSettings } from '../settings.ts';
import { whoIs } from './who.ts';

/**
 * Nothing is applied on this host until it is thawed, also across restarts. 0 when it is frozen, by whomever;
 * another reason takes the place of the one before.
 */
export async function runFreeze({ io, settings }: CommandContext<typeof freezeSettings>): Promise<number> {
  const { stateDirectory: folder, hostName, reason } = settings;
  await openStateFolder(folder);
  await assertUsable(folder);
  const known = await readFreeze(folder);
  if (known !== undefined && (reason === undefined || reason === known.reason)) {
    io.stdout.write(`${hostName}: ${describeFreeze(known)} already\n`);
    return 0;
  }
  const freeze = {
    since: known?.since ?? new Date().toISOString(),
    by: whoIs(io),
    ...(reason === undefined ? {} : { reason }),
  };
  await writeFreeze(folder, freeze);
  const note = known === undefined ? 'nothing is applied until thaw' : `it was ${describeFreeze(known)}`;
  io.stdout.write(`${hostName}: ${describeFreeze(freeze)}; ${note}\n`);
  return 0;
}

/** The host takes what etcd has again, at once where the agent runs. 0 also when it was not frozen. */
export async function runThaw({ io, settings }: CommandContext<typeof thawSettings>): Promise<number> {
  const { stateDirectory: folder, hostName } = settings;
  await assertUsable(folder);
  const known = await readFreeze(folder);
  await removeFreeze(folder);
  const agent = (await lockHolder(folder)) === undefined ? '; no agent runs here' : '';
  const was = known === undefined ? 'was not frozen' : `thawed (it was ${describeFreeze(known)})`;
  io.stdout.write(`${hostName}: ${was}${agent}\n`);
  return 0;
}

/** A folder that can't be read looks frozen to the agent, which is careful; a person has to be told instead. */
async function assertUsable(folder: string): Promise<void> {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw stateTrouble(`the state directory ${folder} can't be used`, error);
  });
}
