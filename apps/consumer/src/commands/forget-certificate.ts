import { access } from 'node:fs/promises';
import { dirname, isAbsolute, normalize } from 'node:path';
import type { CommandContext } from '@kubefigurator/daemon';
import { UsageError } from '@kubefigurator/daemon';
import { certificateCopiesOf } from '../host/host.ts';
import { locateLiveFile } from '../host/release-files.ts';
import { lockHolder } from '../state/lock.ts';
import { stateFolderTrouble } from '../state/ledger.ts';
import type { forgetCertificateSettings } from '../settings.ts';

/**
 * Drops this host's copy of a certificate, such as one whose key has leaked: if the file itself is gone or broken,
 * HAProxy then doesn't serve the certificate any more. As long as dynamic.cfg names the copy, it stays on disk, since
 * HAProxy couldn't start without it. Exit code 0 if there was a copy, 1 if there was none.
 */
export async function runForgetCertificate({
  io,
  settings,
}: CommandContext<typeof forgetCertificateSettings>): Promise<number> {
  const { stateDirectory, hostName, haproxyConfig, file } = settings;
  if (file === undefined)
    throw new UsageError('--file is missing: name the file of the certificate, as the config does');
  if (normalize(file) !== file || !isAbsolute(file))
    throw new UsageError(
      `--file ${file} is not a normalized absolute path: name the file as dynamic.cfg and "status" do`,
    );
  const copies = certificateCopiesOf(stateDirectory, await locateLiveFile(haproxyConfig));
  const isDone = await copies.forget(file).catch((error: unknown) => {
    throw stateFolderTrouble(`the copy of ${file} can't be forgotten`, error);
  });
  if (!isDone) {
    const folder = dirname(copies.pathOf('any'));
    io.stderr.write(
      `${hostName}: there is no copy of ${file} in ${folder}; "status" lists the files of all certificates\n`,
    );
    return 1;
  }
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  const isRunning = (await lockHolder(stateDirectory)) !== undefined;
  io.stdout.write(
    `${hostName}: forgot the copy of ${file}; ${isThere ? STILL_THERE : GONE}${isRunning ? '' : NO_AGENT}\n`,
  );
  return 0;
}

const STILL_THERE =
  'the file itself is still there, and is served as long as HAProxy can load it: replace or remove it. No copy of this certificate is made again, so if the file breaks or goes away, its Service is off this host until the file has another certificate';
const GONE =
  'the agent takes it out of HAProxy within seconds, leaves out what cannot be served without it, and removes the copy';
const NO_AGENT =
  '; no agent runs here, so HAProxy goes on serving it, and the copy stays on disk, until one does';
