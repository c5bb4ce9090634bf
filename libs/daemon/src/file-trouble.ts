import { messageOfError } from './errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  EEXIST: 'there is a file of this name, which is no folder',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "the user's disk quota is used up",
  EBUSY: 'it is in use, such as by a mount',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENXIO: 'it is a socket or a device, not a file',
};

/** What a system call does that neither reads nor writes; completes the sentence "this user may not …". */
const OTHER_ACTIONS: Readonly<Record<string, string>> = {
  chown: 'give it the owner of the file it replaces, which takes CAP_CHOWN',
  fchown: 'give it the owner of the file it replaces, which takes CAP_CHOWN',
  chmod: 'give it the mode of the file it replaces',
  fchmod: 'give it the mode of the file it replaces',
};

/** Why a file can't be read, written or created; for an unknown error code, the message of the error. */
export function fileTrouble(thrown: unknown, verb: 'read' | 'write'): string {
  const { code = '', syscall = '' } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM')
    return `this user may not ${OTHER_ACTIONS[syscall] ?? `${verb} it`}`;
  return REASONS[code] ?? messageOfError(thrown);
}
