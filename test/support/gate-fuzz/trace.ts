import { isAbsolute, join, normalize } from 'node:path';

/** What a program reached for, as `strace` saw it. */
export interface Access {
  readonly call: string;
  /** An absolute path, a socket's name that begins with `@`, or an address with its port. */
  readonly target: string;
}

/** The system calls that name files, sockets and addresses. */
export const TRACED = '%file,connect,bind,sendto,sendmsg,sendmmsg,fork,vfork,socketpair';

const CALL = /^\d+\s+(\w+)\((.*)$/;
const STRING = /"((?:[^"\\]|\\.)*)"/;
const FILE_CALLS =
  /^(?:open|creat|exec|access|faccess|stat|lstat|newfstat|statx|readlink|chdir|chroot|unlink|rename|link|symlink|mkdir|rmdir|chmod|chown|fchown|fchmod|truncate|mount|umount|utime|mknod|inotify_add|name_to|getxattr)/;

/**
 * Reads what `strace -f` wrote, from the moment on at which the program opened the file `from`.
 * Relative paths are those in `folder`.
 */
export function parseTrace(trace: string, from: string, folder: string): Access[] {
  const lines = trace.split('\n');
  const start = lines.findIndex((line) => line.includes(`"${from}"`) && /\bopen/.test(line));
  if (start < 0) return [];
  return lines.slice(start).flatMap((line) => {
    const [, call = '', rest = ''] = CALL.exec(line) ?? [];
    const access = socketIn(call, rest) ?? fileIn(call, rest, folder);
    return access === undefined ? [] : [access];
  });
}

function socketIn(call: string, rest: string): Access | undefined {
  const [, local] = /sun_path=(@?"(?:[^"\\]|\\.)*")/.exec(rest) ?? [];
  if (local !== undefined) return { call, target: local.replaceAll('"', '') };
  const [, port = '', address] =
    /sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]*)"/.exec(rest) ?? [];
  return address === undefined ? undefined : { call, target: `${address} ${port}` };
}

function fileIn(call: string, rest: string, folder: string): Access | undefined {
  if (call === 'fork' || call === 'vfork') return { call, target: '' };
  const path = FILE_CALLS.test(call) ? STRING.exec(rest)?.[1] : undefined;
  if (path === undefined || path === '') return undefined;
  return { call, target: isAbsolute(path) ? normalize(path) : join(folder, path) };
}

/** The access without its numbers, in which the same access differs between processes and threads. */
export function accessKey({ call, target }: Access): string {
  return `${call} ${target.replace(/\d+/g, 'N')}`;
}
