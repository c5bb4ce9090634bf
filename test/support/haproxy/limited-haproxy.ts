import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The path of a program that runs a HAProxy with at most so many file descriptors, which it can't raise, as in a container. */
export function limitedHaproxy(haproxyBinary: string, descriptors: number): string {
  const path = join(mkdtempSync(join(tmpdir(), 'kubefigurator-limited-')), 'haproxy');
  const limit = `prlimit --nofile=${String(descriptors)}:${String(descriptors)}`;
  // With CAP_SYS_RESOURCE a process may raise its own limit (setrlimit(2)).
  const drop = 'setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource';
  writeFileSync(path, `#!/bin/sh\nexec ${limit} ${drop} ${haproxyBinary} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
