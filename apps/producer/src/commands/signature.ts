import type { Io } from '@kubefigurator/daemon';
import type { Signature } from '../publish/guard/held-record.ts';
import { plainWord } from '../publish/plain-word.ts';

/** Who runs this command, when (ISO 8601 in UTC) and why; the reason is empty if none is given. */
export function signatureOf(
  io: Pick<Io, 'env' | 'hostName'>,
  { by, reason }: { readonly by: string | undefined; readonly reason: string | undefined },
): Signature {
  const user = io.env['USER'] ?? io.env['LOGNAME'] ?? 'somebody';
  return { by: by ?? `${user}@${io.hostName}`, at: new Date().toISOString(), reason: reason ?? '' };
}

/** `by ann@desk since 2026-11-28T09:00:00.000Z: why`, from what etcd has. */
export function describeSignature(signature: Signature): string {
  const { by, at, reason } = signature;
  const why = reason === '' ? '' : `: ${plainWord(reason, 200)}`;
  return `by ${plainWord(by, 200)} since ${plainWord(at, 200)}${why}`;
}
