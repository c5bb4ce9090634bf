import { UsageError } from '@kubefigurator/daemon';
import type { ApplySettings } from '../settings.ts';

/** How HAProxy is made to read the file. */
export type ApplyWay =
  | { readonly method: 'reload' }
  | { readonly method: 'restart' | 'command'; readonly command: readonly [string, ...string[]] };

/**
 * Combines `--apply-method`, `--apply-command` and haproxy-kubefigurator's `--exec`. Throws UsageError if they don't
 * fit together.
 */
export function applyWayOf(settings: Pick<ApplySettings, 'applyMethod' | 'applyCommand' | 'exec'>): ApplyWay {
  if (settings.exec !== undefined && (settings.applyCommand.length > 0 || settings.applyMethod === 'restart'))
    throw new UsageError(
      '--exec: stands for --apply-method command with --apply-command; give one or the other',
    );
  const words = settings.exec === undefined ? settings.applyCommand : settings.exec.trim().split(/\s+/);
  const [program, ...args] = words;
  const method = settings.exec === undefined ? settings.applyMethod : 'command';
  if (method === 'reload') {
    if (program !== undefined)
      throw new UsageError('--apply-command: needs --apply-method restart or command');
    return { method };
  }
  if (program !== undefined) return { method, command: [program, ...args] };
  if (method === 'restart') return { method, command: ['systemctl', 'restart', 'haproxy.service'] };
  throw new UsageError('--apply-method command: needs --apply-command, once for each word of the command');
}
