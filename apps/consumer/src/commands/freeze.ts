import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { CommandContext } from '@kubefigurator/daemon';
import { describeFreeze } from '@kubefigurator/config-model';
import { readFreeze, removeFreeze, writeFreeze } from '../state/freeze.ts';
import { lockHolder } from '../state/lock.ts';
import { openStateFolder, stateFolderTrouble } from '../state/ledger.ts';
import type { freezeSettings, thawSettings } from '../settings.ts';
import { operatorName } from './who.ts';

/**
 * Freezes this host, also across restarts: nothing is applied until it is thawed. Exit code 0 if the host is frozen
 * now, even if somebody had frozen it before; a new reason replaces the earlier one.
 */
export async function runFreeze({ io, settings }: CommandContext<typeof freezeSettings>): Promise<number> {
  const { stateDirectory: folder, hostName, reason } = settings;
  await openStateFolder(folder);
  await assertUsable(folder);
  const known = await readFreeze(folder);
  if (known !== undefined && (reason === undefined || reason === known.reason)) {
    io.stdout.write(`${hostName}: ${describeFreeze(known)} already${await agentNote(folder)}\n`);
    return 0;
  }
  const freeze = {
    since: known?.since ?? new Date().toISOString(),
    by: operatorName(io),
    ...(reason === undefined ? {} : { reason }),
  };
  await writeFreeze(folder, freeze);
  const note = known === undefined ? 'nothing is applied until thaw' : `it was ${describeFreeze(known)}`;
  io.stdout.write(`${hostName}: ${describeFreeze(freeze)}; ${note}${await agentNote(folder)}\n`);
  return 0;
}

/** A note if no agent uses this folder: a freeze in it has no effect then. */
async function agentNote(folder: string): Promise<string> {
  return (await lockHolder(folder)) === undefined ? `; no agent runs with ${folder}` : '';
}

/** Ends the freeze; a running agent applies what etcd has at once. Exit code 0 also if the host was not frozen. */
export async function runThaw({ io, settings }: CommandContext<typeof thawSettings>): Promise<number> {
  const { stateDirectory: folder, hostName } = settings;
  await assertUsable(folder);
  const known = await readFreeze(folder);
  await removeFreeze(folder);
  const was = known === undefined ? 'was not frozen' : `thawed (it was ${describeFreeze(known)})`;
  io.stdout.write(`${hostName}: ${was}${await agentNote(folder)}\n`);
  return 0;
}

/**
 * Throws if the folder can't be used: the agent takes a host with such a folder for frozen, but here it is an error.
 */
async function assertUsable(folder: string): Promise<void> {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch((error: unknown) => {
    throw stateFolderTrouble(`the state directory ${folder} can't be used`, error);
  });
}
