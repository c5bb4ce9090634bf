import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_HEADER } from '@kubefigurator/config-model';
import { environmentName } from '@kubefigurator/daemon';
import { repositoryRoot } from '../sandbox/programs.ts';

export interface HostSpec {
  readonly name: string;
  readonly address: string;
  /** The folder of this host's files. */
  readonly folder: string;
  readonly logs: string;
  readonly etcdUrl: string;
  readonly haproxyBinary: string;
  readonly certificateDir: string;
  /** Additional lines of the operator's own haproxy.cfg. */
  readonly baseConfig?: string;
}

/** The paths of a host's files and sockets. */
export interface HostPaths {
  readonly base: string;
  readonly dynamic: string;
  readonly state: string;
  readonly masterSocket: string;
  readonly runtimeSocket: string;
}

/** Writes the files that a host has once our package is installed, and makes the folder of its sockets. */
export function layOutHost(spec: HostSpec): HostPaths {
  // Not below the host's folder: the path of a socket may have 107 characters at most.
  const sockets = `/run/kf/${spec.name}`;
  const paths = {
    base: join(spec.folder, 'haproxy.cfg'),
    dynamic: join(spec.folder, 'dynamic.cfg'),
    state: join(spec.folder, 'state'),
    masterSocket: join(sockets, 'master.sock'),
    runtimeSocket: join(sockets, 'admin.sock'),
  };
  for (const folder of [spec.folder, paths.state, sockets]) mkdirSync(folder, { recursive: true });
  writeFileSync(paths.base, `${minimalConfig(paths.runtimeSocket)}${spec.baseConfig ?? ''}`);
  writeFileSync(paths.dynamic, `${CONFIG_HEADER}\n`);
  return paths;
}

/** The operator's haproxy.cfg, as minimal as Debian's default. */
function minimalConfig(runtimeSocket: string): string {
  return `global
  stats socket ${runtimeSocket} mode 660 level admin
  maxconn 4000
  hard-stop-after 60s

defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
`;
}

/** Flags that make the consumer's commands work on this host. */
export function consumerFlagsFor(spec: HostSpec, paths: HostPaths): string[] {
  const flags = {
    'etcd-host': spec.etcdUrl,
    'haproxy-config': paths.dynamic,
    'haproxy-base-config': paths.base,
    'haproxy-binary': spec.haproxyBinary,
    'haproxy-master-socket': paths.masterSocket,
    'haproxy-runtime-socket': paths.runtimeSocket,
    'state-directory': paths.state,
    'host-name': spec.name,
    'certificate-dir': spec.certificateDir,
    'log-format': 'json',
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

/**
 * The same flags as environment variables, for all commands: a command ignores variables that it doesn't use, and
 * refuses such flags.
 */
export function asEnvironment(flags: readonly string[]): Readonly<Record<string, string>> {
  const pairs = flags.map((flag) => /^--([^=]+)=(.*)$/.exec(flag) ?? []);
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [environmentName(name), value]));
}

/** The environment variables that the consumer's systemd unit sets. */
export function unitEnvironment(): Readonly<Record<string, string>> {
  const unit = readFileSync(join(repositoryRoot, 'systemd/kubefigurator-consumer.service'), 'utf8');
  const words = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
  return Object.fromEntries(words.map((word) => word.split('=') as [string, string]));
}
