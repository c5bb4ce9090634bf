import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '../fleet/certificates.ts';
import type { HaproxyVersion } from '../haproxy/haproxy.ts';
import { programPath } from '../sandbox/programs.ts';
import type { Access } from './trace.ts';
import { parseTrace, TRACED } from './trace.ts';
import type { Places } from './words.ts';

/** How a program ended, what it said, and what it reached for. */
export interface Traced {
  /** Exit code, or the signal that ended it. */
  readonly end: number | string;
  /** Bytes as Latin-1. */
  readonly stdout: string;
  readonly stderr: string;
  readonly accesses: readonly Access[];
}

export const CHECK_LIMIT_MS = 20_000;
/** The default of `--check-memory`, which the consumer gives to `haproxy -c`. */
const MEMORY = 4096 * 2 ** 20;

/** The folder in which texts are judged: base file, files that texts may name, and bait. */
export interface Laboratory {
  readonly folder: string;
  readonly places: Places;
  readonly base: string;
  readonly socket: string;
}

/** The sandbox has a `/run` of its own. Paths are part of the random texts, so they are the same in every run. */
export const LABORATORIES = '/run/gate-fuzz';

/** Creates the files of a laboratory with this name. */
export async function createLaboratory(name: string): Promise<Laboratory> {
  const folder = join(LABORATORIES, name);
  const places = {
    certificates: join(folder, 'ssl'),
    data: join(folder, 'data'),
    bait: join(folder, 'bait'),
  };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true });
  // A start shall not fail because an address is one of another host.
  for (const family of ['ipv4', 'ipv6']) writeFileSync(`/proc/sys/net/${family}/ip_nonlocal_bind`, '1');
  const { cert, key } = await createAuthority(join(folder, 'authority')).then((own) =>
    own.issue(['a.example.com']),
  );
  const files = {
    [join(places.certificates, 'site.pem')]: cert + key,
    [join(places.certificates, 'ca.pem')]: cert + key,
    [join(places.certificates, 'crt-list')]: `${join(places.certificates, 'site.pem')}\n`,
    [join(places.certificates, 'tickets')]: `${Buffer.alloc(48, 7).toString('base64')}\n`.repeat(3),
    [join(places.data, 'hosts.map')]: 'a.example.com b1x\n',
    [join(places.data, 'patterns')]: '10.0.0.0/8\n',
    [join(places.data, 'page.http')]: 'HTTP/1.0 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n',
    [join(places.bait, 'key.pem')]: cert + key,
    [join(places.bait, 'page')]: 'HTTP/1.0 503 Service Unavailable\r\n\r\n',
    [join(places.bait, 'keys.list')]: 'key.pem\n',
    [join(places.bait, 'patterns')]: '10.0.0.0/8\n',
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(file, content);
  const laboratory = { folder, places, base: join(folder, 'base.cfg'), socket: join(folder, 'admin.sock') };
  writeFileSync(laboratory.base, baseConfig(laboratory));
  return laboratory;
}

/** What an operator's own file may hold, so that texts may refer to it. */
function baseConfig({ socket }: Laboratory): string {
  return `global
  stats socket ${socket} level admin
  maxconn 200
defaults d
  timeout connect 1s
  timeout client 2s
  timeout server 2s
resolvers r
  nameserver a 10.0.0.1:53
cache c
  total-max-size 4
userlist u
  user a insecure-password b
http-errors e
backend nodes
  server n1 10.0.0.1:80 check
backend st
  stick-table type ip size 100 store gpc0,gpt0,http_req_rate(10s)
`;
}

/** Runs HAProxy in the bait folder under `strace` and a limit of its memory. */
export function runTraced(
  haproxy: HaproxyVersion,
  { folder, places, base }: Laboratory,
  args: readonly string[],
  limitMs = CHECK_LIMIT_MS,
): Promise<Traced> {
  const record = join(folder, 'trace');
  rmSync(record, { force: true });
  const tracing = ['-f', '--seccomp-bpf', '-qq', '-s', '4096', '-o', record, '-e', `trace=${TRACED}`];
  const command = [...tracing, 'prlimit', `--as=${MEMORY}`, '--', haproxy.path, '-f', base, ...args];
  const options = {
    cwd: places.bait,
    timeout: limitMs,
    killSignal: 'SIGKILL' as const,
    maxBuffer: 2 ** 28,
    encoding: 'latin1' as const,
    env: { PATH: '/usr/bin:/bin', X: join(places.bait, 'key.pem') },
  };
  return new Promise((resolve) => {
    execFile(programPath('strace'), command, options, (error, stdout, stderr) => {
      const end = error === null ? 0 : (error.signal ?? error.code ?? 'unknown');
      const accesses = parseTrace(readFileSync(record, 'utf8'), base, places.bait);
      resolve({ end: error?.killed === true ? 'timeout' : end, stdout, stderr, accesses });
    });
  });
}
