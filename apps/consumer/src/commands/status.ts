import type { Freeze, HostStatus } from '@kubefigurator/config-model';
import { troublesOf } from '@kubefigurator/config-model';
import type { CommandContext } from '@kubefigurator/daemon';
import { describeFailure, messageOf, OperatorError } from '@kubefigurator/daemon';
import { readText } from '../host/release-files.ts';
import { readFreeze } from '../state/freeze.ts';
import { lockHolder } from '../state/lock.ts';
import { observeHaproxy } from '../haproxy/observe.ts';
import { hashText, USE_ANOTHER } from '../state/ledger.ts';
import { readStatus, statusFile } from '../state/status-file.ts';
import type { StatusSettings, statusSettings } from '../settings.ts';
import type { StatusReport, UnknownReport } from '../status/format.ts';
import { formatStatus } from '../status/format.ts';

/** How this host is: 0 when it is in sync, as far as can be known here, else 1. Asks no etcd. */
export async function runStatus({ io, settings }: CommandContext<typeof statusSettings>): Promise<number> {
  const isJson = settings.output === 'json';
  const report = await readReport(settings).catch((error: unknown) => {
    if (isJson && error instanceof OperatorError) return describeFailure(error);
    throw error;
  });
  if (typeof report !== 'string') {
    io.stdout.write(isJson ? asJson(report) : formatStatus(report));
    return report.inSync ? 0 : 1;
  }
  if (isJson) io.stdout.write(asJson({ inSync: false, troubles: [report], host: settings.hostName }));
  else io.stderr.write(`${settings.hostName}: ${report}\n`);
  return 1;
}

/** Programs get a document also where nothing is known; it has no `status` then. */
function asJson(report: StatusReport | UnknownReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** A text says why nothing can be told. */
async function readReport(settings: StatusSettings): Promise<StatusReport | string> {
  const { stateDirectory: folder, haproxyConfig } = settings;
  const sockets = { master: settings.haproxyMasterSocket, runtime: settings.haproxyRuntimeSocket };
  const [parsed, agent, haproxy, freeze, file] = await Promise.all([
    readStatus(folder).catch(unreadable),
    lockHolder(folder).catch(unreadable),
    observeHaproxy(sockets, haproxyConfig),
    readFreeze(folder),
    readText(haproxyConfig),
  ]);
  if (parsed === undefined) return `no agent has told anything yet: there is no ${statusFile(folder)}`;
  if (parsed.kind === 'unreadable') return `${statusFile(folder)} ${parsed.reason}`;
  // A freeze may be younger than the agent's last word.
  const status = withFreeze(parsed.status, freeze);
  const troubles = [
    ...(agent === undefined ? ["the agent isn't running; this is its last word"] : []),
    ...(haproxy.kind === 'down' ? [`HAProxy isn't running: ${haproxy.reason}`] : []),
    ...fileTroubles(status, haproxyConfig, file?.text),
    ...troublesOf(status),
  ];
  return { inSync: troubles.length === 0, troubles, agent, haproxy, status };
}

function unreadable(error: unknown): never {
  throw new OperatorError(messageOf(error), { hint: USE_ANOTHER, cause: error });
}

function withFreeze(status: HostStatus, freeze: Freeze | undefined): HostStatus {
  const fields = Object.entries(status).filter(([name]) => name !== 'frozen');
  return { ...(Object.fromEntries(fields) as unknown as HostStatus), ...(freeze && { frozen: freeze }) };
}

/** The file is looked at now, since the agent looks every few seconds only. */
function fileTroubles(
  { applied, outcome, drift }: HostStatus,
  file: string,
  text: string | undefined,
): string[] {
  const isTold = drift.some(({ kind, endedAt }) => kind.startsWith('file-') && endedAt === undefined);
  const isServing = outcome?.kind === 'applied' || outcome?.kind === 'unchanged';
  if (applied === undefined || isTold || !isServing) return [];
  if (text === undefined) return [`${file} is missing`];
  return hashText(text) === applied.hash ? [] : [`${file} is not what was applied`];
}
