import { existsSync } from 'node:fs';
import { blameMessages, parseConfigText } from '@kubefigurator/haproxy-config';
import type { Logger } from '@kubefigurator/daemon';
import { createAlarm } from '@kubefigurator/daemon';
import { checkConfig } from '../haproxy/check.ts';
import { identityOfBaseFile } from '../host/base-files.ts';
import type { Host } from '../host/host.ts';

/** Whether HAProxy could be reloaded with the files as they are now. */
export interface ReloadCheck {
  /** What `haproxy -c` says of them, if it refuses them. */
  readonly trouble: () => string | undefined;
}

export interface ReloadCheckParts {
  readonly host: Pick<Host, 'binary' | 'baseConfigs' | 'env' | 'checkMemoryBytes'> & {
    readonly live: Pick<Host['live'], 'path'>;
  };
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** False while a pass runs, which may check files itself. */
  readonly isAtRest: () => boolean;
  readonly onChange: () => void;
}

interface ReloadCheckTimes {
  /** How often the host's own files are compared. */
  readonly pollMs: number;
  /** A file of a certificate may be half-written, so a refusal counts only if it is repeated after this time. */
  readonly repeatMs: number;
  /** What is refused is checked again after this time, since another file than those compared may be the cause. */
  readonly againMs: number;
}

const TIMES: ReloadCheckTimes = { pollMs: 2_000, repeatMs: 5_000, againMs: 30_000 };
const MOST_MESSAGES = 3;
const LONGEST_REASON = 500;

/**
 * Has HAProxy check the host's own files together with dynamic.cfg after each change of them, and once at the start: a
 * text that needs no reload would be applied over a broken file, and nobody would know before the next reload or boot.
 */
export function startReloadCheck(parts: ReloadCheckParts, times: ReloadCheckTimes = TIMES): ReloadCheck {
  const { host, signal, log, isAtRest, onChange } = parts;
  const alarm = createAlarm();
  let trouble: string | undefined;
  /** The files that were checked last, and those of the last look. */
  let checked: string | undefined;
  let seen: string | undefined;
  /** Refused once and not yet again. */
  let isDoubtful = false;
  let checkedAt = 0;
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy || !isAtRest()) return;
    isBusy = true;
    void look()
      // Files that can't be compared or checked now are looked at again.
      .catch(() => undefined)
      .finally(() => (isBusy = false));
  }, times.pollMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });

  async function look(): Promise<void> {
    const now = (await Promise.all(host.baseConfigs.map(identityOfBaseFile))).join('\n');
    const isSettled = now === seen;
    seen = now;
    if (!isSettled || !existsSync(host.live.path)) return;
    if (now !== checked) isDoubtful = false;
    else if (!isDueAgain()) return;
    checked = now;
    await check();
  }

  function isDueAgain(): boolean {
    const ageMs = performance.now() - checkedAt;
    return isDoubtful ? ageMs >= times.repeatMs : trouble !== undefined && ageMs >= times.againMs;
  }

  async function check(): Promise<void> {
    const { binary, baseConfigs, live, env, checkMemoryBytes: memoryBytes } = host;
    const result = await checkConfig(binary, [...baseConfigs, live.path], { env, signal, memoryBytes });
    checkedAt = performance.now();
    if (result.kind === 'valid') end();
    // Without a verdict, what was known stays.
    if (result.kind !== 'invalid') return;
    if (trouble === undefined && !isDoubtful) {
      isDoubtful = true;
      return;
    }
    isDoubtful = false;
    raise(describeRefusal(result.stderr, live.path));
  }

  function raise(reason: string): void {
    log[alarm.raise('warn', reason)]({ reason }, 'reload-check.failed');
    if (trouble === reason) return;
    trouble = reason;
    onChange();
  }

  function end(): void {
    isDoubtful = false;
    const level = alarm.end();
    if (level !== undefined) log[level]('reload-check.recovered');
    if (trouble === undefined) return;
    trouble = undefined;
    onChange();
  }

  return { trouble: () => trouble };
}

function describeRefusal(stderr: string, file: string): string {
  const messages = blameMessages(stderr, { config: parseConfigText('') }, { file, shownFile: file });
  const more = messages.length - MOST_MESSAGES;
  const named = messages.slice(0, MOST_MESSAGES).map(({ message }) => message);
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ').slice(0, LONGEST_REASON);
}
