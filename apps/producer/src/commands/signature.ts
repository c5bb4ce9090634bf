import type { Io } from '@kubefigurator/daemon';
import type { Signature } from '../publish/guard/held-record.ts';

/** Who runs this command, when (ISO 8601 in UTC) and why; the reason is empty if none is given. */
export function signatureOf(
  io: Pick<Io, 'env' | 'hostName'>,
  { by, reason }: { readonly by: string | undefined; readonly reason: string | undefined },
): Signature {
  const user = io.env['USER'] ?? io.env['LOGNAME'] ?? 'somebody';
  return { by: by ?? `${user}@${io.hostName}`, at: new Date().toISOString(), reason: reason ?? '' };
}
