import type { CommandContext } from '@kubefigurator/daemon';
import { describeFailure, messageOfError, OperatorError } from '@kubefigurator/daemon';
import { isProcessStopped } from '../host/processes.ts';
import { readTextFile } from '../host/text-file.ts';
import { readFreeze } from '../state/freeze.ts';
import type { LockHolder } from '../state/lock.ts';
import { findLockHolder } from '../state/lock.ts';
import { observeHaproxy } from '../haproxy/observe.ts';
import { STATE_HINT } from '../state/ledger.ts';
import { hasOldMark, readStatusFile, statusFilePath, statusWrittenAt } from '../state/status-file.ts';
import type { StatusSettings, statusSettings } from '../settings.ts';
import type { StatusReport, UnknownReport } from '../status/format.ts';
import { formatHostStatus } from '../status/format.ts';
import type { StatusOrigin } from '../status/judge.ts';
import { judgeHost } from '../status/judge.ts';

/**
 * Prints the state of this host without asking etcd; exit code 0 if it is in sync as far as is known here, else 1.
 */
export async function runStatus({ io, settings }: CommandContext<typeof statusSettings>): Promise<number> {
  const isJson = settings.output === 'json';
  const report = await readReport(settings).catch((error: unknown) => {
    if (isJson && error instanceof OperatorError) return describeFailure(error);
    throw error;
  });
  if (typeof report !== 'string') {
    io.stdout.write(isJson ? asJson(report) : formatHostStatus(report));
    return report.inSync ? 0 : 1;
  }
  if (isJson) io.stdout.write(asJson({ inSync: false, troubles: [report], host: settings.hostName }));
  else io.stderr.write(`${settings.hostName}: ${report}\n`);
  return 1;
}

/** Programs get a JSON document even if nothing is known; in this case it has no `status`. */
function asJson(report: StatusReport | UnknownReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** Returns a sentence if nothing is known about this host. */
async function readReport(settings: StatusSettings): Promise<StatusReport | string> {
  const { stateDirectory: folder, haproxyConfig } = settings;
  const sockets = { master: settings.haproxyMasterSocket, runtime: settings.haproxyRuntimeSocket };
  const [parsed, found, haproxy, freeze, file] = await Promise.all([
    readStatusFile(folder).catch(throwWithHint),
    findLockHolder(folder).catch(throwWithHint),
    observeHaproxy(sockets, haproxyConfig),
    readFreeze(folder),
    readTextFile(haproxyConfig),
  ]);
  if (parsed === undefined)
    return `the agent of this host has not written its status yet: there is no ${statusFilePath(folder)}`;
  if (parsed.kind === 'unreadable') return `${statusFilePath(folder)} ${parsed.reason}`;
  return judgeHost(parsed.status, {
    agent: found?.holder,
    origin: await originOf(folder, found),
    haproxy,
    freeze,
    file: { path: haproxyConfig, text: file?.text },
  });
}

/** Undefined if no agent holds the lock; the command `apply` may hold it, which writes no status. */
async function originOf(folder: string, found: LockHolder | undefined): Promise<StatusOrigin | undefined> {
  if (found?.holder.endsWith('(watch)') !== true) return undefined;
  const { process } = found;
  const [writtenAt, isMarkedOld, isStopped] = await Promise.all([
    statusWrittenAt(folder),
    hasOldMark(process.pid),
    isProcessStopped(process.pid),
  ]);
  return { path: statusFilePath(folder), writtenAt, process, isMarkedOld, isStopped };
}

function throwWithHint(error: unknown): never {
  throw new OperatorError(messageOfError(error), { hint: STATE_HINT, cause: error });
}
