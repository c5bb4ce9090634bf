import { readFile, stat } from 'node:fs/promises';
import { delay, fileTrouble, type Logger, OperatorError } from '@kubefigurator/daemon';
import { createFolderNotices } from '../manifests/folder-notices.ts';
import { fingerprintManifests } from '../manifests/manifest-files.ts';
import type { PolicyKeeper } from './policy-keeper.ts';
import { LARGEST_POLICY_BYTES } from './policy-text.ts';

/** The file is also polled, since notifications get lost on network file systems. */
const POLL_MS = 5_000;

/** The text of a policy file; throws an OperatorError if it can't be read. */
export async function readPolicyFile(path: string): Promise<string> {
  const found = await stat(path).catch(unreadable);
  if (!found.isFile()) throw new OperatorError('it is no file');
  if (found.size > LARGEST_POLICY_BYTES)
    throw new OperatorError(`it is larger than ${LARGEST_POLICY_BYTES} bytes`);
  const bytes = await readFile(path).catch(unreadable);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new OperatorError("it isn't UTF-8 text");
  }
}

function unreadable(error: unknown): never {
  throw new OperatorError(fileTrouble(error, 'read'), { cause: error });
}

export interface FollowFileOptions {
  readonly path: string;
  readonly keeper: PolicyKeeper;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface FollowedPolicy {
  /** Reads the policy again. */
  readonly refresh: () => void;
  /** Settles after the signal was aborted. */
  readonly done: Promise<void>;
}

/** Follows a policy file, also one behind symbolic links that are replaced, as in a mounted ConfigMap. */
export function followPolicyFile({ path, keeper, log, signal }: FollowFileOptions): FollowedPolicy {
  /** The fingerprint of the file that was last read or refused. */
  let seen: string | undefined;
  /** Settles when the looks that were asked for are over. */
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    await notices.arm();
    const before = await fingerprintManifests(path);
    if (before === seen || signal.aborted) return;
    try {
      const text = await readPolicyFile(path);
      // A file that changed while it was read may be half old and half new; the next look takes it.
      if ((await fingerprintManifests(path)) !== before) return;
      keeper.offer(text);
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      keeper.refuse(error.message);
    }
    seen = before;
  }

  /** Looks once the looks before are over, so that none runs beside another. */
  function lookAgain(): Promise<void> {
    looking = looking.then(look);
    return looking;
  }

  const notices = createFolderNotices(path, lookAgain, log);
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await lookAgain();
      await delay(POLL_MS, signal);
    }
    await looking;
    notices.close();
  }

  return {
    refresh: () => {
      seen = undefined;
      void lookAgain();
    },
    done: run(),
  };
}
