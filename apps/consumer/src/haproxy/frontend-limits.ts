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
  /** Sets them once for each worker; a failure is logged and tried again the next time. */
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
  let limited: ProcessId | undefined;
  return {
    ensure: async (config, worker) => {
      if (share >= 100 || isSameProcess(limited, worker)) return;
      try {
        const changes = frontendLimitsToSet(config, await askLimits(runtimeSocket), share);
        const refused = await sendRuntimeCommands(runtimeSocket, changes.map(commandFor));
        if (refused !== undefined) throw new Error(`HAProxy refused a limit of a frontend: ${refused}`);
        limited = worker;
        if (changes.length > 0)
          log.debug({ count: changes.length, limit: changes[0]?.limit }, 'frontend-limit.set');
        recovered(alarm, log);
      } catch (error) {
        const reason = messageOfError(error);
        log[alarm.raise('warn', reason)]({ reason }, 'frontend-limit.failed');
      }
    },
  };
}

function recovered(alarm: Alarm, log: Logger): void {
  const level = alarm.end();
  if (level !== undefined) log[level]('frontend-limit.recovered');
}

/** What a worker says of its limits. */
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
 * The frontends of a text that may have more than their share. A limit in the section itself stays; one in `defaults`
 * stays if it is lower.
 */
export function frontendLimitsToSet(config: ConfigText, shown: ShownLimits, share: number): FrontendLimit[] {
  const limit = Math.max(1, Math.floor((shown.process * share) / 100));
  return config.sections.flatMap((section) => {
    if (section.keyword !== 'frontend' && section.keyword !== 'listen') return [];
    const has = shown.frontends.get(section.name);
    const isWritten = section.lines.some(({ words }) => words[0] === 'maxconn');
    return has === undefined || has <= limit || isWritten ? [] : [{ frontend: section.name, limit }];
  });
}

async function askLimits(runtimeSocket: string): Promise<ShownLimits> {
  const info = await askHaproxy(runtimeSocket, 'show info');
  const stat = await askHaproxy(runtimeSocket, 'show stat -1 1 -1');
  const shown = parseFrontendLimits(info, stat);
  if (shown === undefined) throw new Error(`${runtimeSocket}: no answer about the limits of connections`);
  return shown;
}

/** Reads `show info` and `show stat` for frontends; undefined if a limit of the process or the columns are missing. */
export function parseFrontendLimits(info: string, stat: string): ShownLimits | undefined {
  const process = Number(/^Maxconn: (\d+)$/m.exec(info)?.[1]);
  const [heading = '', ...rows] = stat.split('\n');
  const columns = heading.replace(/^# /, '').split(',');
  const [name, limit] = [columns.indexOf('pxname'), columns.indexOf('slim')];
  if (!(process > 0) || name < 0 || limit < 0) return undefined;
  const cells = rows.map((row) => row.split(',')).filter((row) => row.length > limit);
  return { process, frontends: new Map(cells.map((row) => [row[name] ?? '', Number(row[limit])])) };
}

/** HAProxy says nothing if it has set a limit. */
function commandFor({ frontend, limit }: FrontendLimit): RuntimeCommand {
  return { text: `set maxconn frontend ${frontend} ${limit}`, expects: SILENCE };
}
