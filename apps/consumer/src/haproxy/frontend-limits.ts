import { messageOfError } from '@kubefigurator/daemon';
import type { Alarm, Logger } from '@kubefigurator/daemon';
import { createAlarm } from '@kubefigurator/daemon';
import type { ConfigText, RuntimeCommand } from '@kubefigurator/haproxy-config';
import { SILENCE } from '@kubefigurator/haproxy-config';
import type { ProcessId } from '@kubefigurator/rollout';
import { isSameProcess } from '@kubefigurator/rollout';
import { askHaproxy } from './cli.ts';
import { sendRuntimeCommands } from './runtime-api.ts';

/** Gives each frontend of ours its share of HAProxy's connections, so that no bind can take all of them. */
export interface FrontendLimits {
  /** Sets the limits once for each worker; a failure is logged and tried again the next time. */
  readonly ensure: (config: ConfigText, worker: ProcessId) => Promise<void>;
}

export interface FrontendLimitsOptions {
  readonly runtimeSocket: string;
  /** In percent of HAProxy's own limit; 100 for no limit of ours. */
  readonly share: number;
  readonly log: Logger;
}

/**
 * HAProxy's own limit is known to the running worker only: without `maxconn` in `global` it depends on the limits of
 * the process and on the number of listeners. So the share is set at run time, and is neither in a text nor a reason
 * for a reload.
 */
export function createFrontendLimits({ runtimeSocket, share, log }: FrontendLimitsOptions): FrontendLimits {
  const alarm = createAlarm();
  let limitedWorker: ProcessId | undefined;
  return {
    ensure: async (config, worker) => {
      if (share >= 100 || isSameProcess(limitedWorker, worker)) return;
      try {
        const changes = frontendLimitsToSet(config, await askLimits(runtimeSocket), share);
        const refused = await sendRuntimeCommands(runtimeSocket, changes.map(commandFor));
        if (refused !== undefined) throw new Error(`HAProxy refused a limit of a frontend: ${refused}`);
        limitedWorker = worker;
        if (changes.length > 0)
          log.debug({ count: changes.length, limit: changes[0]?.limit }, 'frontend-limit.set');
        logRecovery(alarm, log);
      } catch (error) {
        const reason = messageOfError(error);
        log[alarm.raise('warn', reason)]({ reason }, 'frontend-limit.failed');
      }
    },
  };
}

function logRecovery(alarm: Alarm, log: Logger): void {
  const level = alarm.end();
  if (level !== undefined) log[level]('frontend-limit.recovered');
}

/** The limits of a worker, in connections. */
export interface ShownLimits {
  /** Of the process. */
  readonly process: number;
  /** Of each frontend, by its name. */
  readonly frontends: ReadonlyMap<string, number>;
}

export interface FrontendLimit {
  readonly frontend: string;
  readonly limit: number;
}

/**
 * The frontends of a text that may have more connections than their share, with the limit to set. A `maxconn` in the
 * section itself stays; one in `defaults` stays if it is lower.
 */
export function frontendLimitsToSet(config: ConfigText, shown: ShownLimits, share: number): FrontendLimit[] {
  const limit = Math.max(1, Math.floor((shown.process * share) / 100));
  return config.sections.flatMap((section) => {
    if (section.keyword !== 'frontend' && section.keyword !== 'listen') return [];
    const current = shown.frontends.get(section.name);
    const hasOwnLimit = section.lines.some(({ words }) => words[0] === 'maxconn');
    if (current === undefined || current <= limit || hasOwnLimit) return [];
    return [{ frontend: section.name, limit }];
  });
}

async function askLimits(runtimeSocket: string): Promise<ShownLimits> {
  const info = await askHaproxy(runtimeSocket, 'show info');
  // Of all proxies (-1) the frontends alone (type 1).
  const stat = await askHaproxy(runtimeSocket, 'show stat -1 1 -1');
  const shown = parseFrontendLimits(info, stat);
  if (shown === undefined) throw new Error(`${runtimeSocket}: no answer about the limits of connections`);
  return shown;
}

/** Reads `show info` and `show stat` for frontends; undefined if the limit of the process or a column is missing. */
export function parseFrontendLimits(info: string, stat: string): ShownLimits | undefined {
  const processLimit = Number(/^Maxconn: (\d+)$/m.exec(info)?.[1]);
  const [heading = '', ...rows] = stat.split('\n');
  const columns = heading.replace(/^# /, '').split(',');
  const nameColumn = columns.indexOf('pxname');
  const limitColumn = columns.indexOf('slim');
  // Without a match, processLimit is NaN.
  if (!(processLimit > 0) || nameColumn < 0 || limitColumn < 0) return undefined;
  const cells = rows.map((row) => row.split(',')).filter((row) => row.length > limitColumn);
  const frontends = new Map(cells.map((row) => [row[nameColumn] ?? '', Number(row[limitColumn])]));
  return { process: processLimit, frontends };
}

/** HAProxy says nothing if it has set a limit. */
function commandFor({ frontend, limit }: FrontendLimit): RuntimeCommand {
  return { text: `set maxconn frontend ${frontend} ${limit}`, expects: SILENCE };
}
