// Finds the real programs that tests and demo need, or obtains them and keeps them in the cache.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../../tools/cache.mjs';
import { platformName, unpackProgram } from '../../../tools/debian/packages.mjs';
import { HarnessError } from '../../../tools/run.mjs';
import { buildGoProgram, executables, isExecutable } from './go-programs.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Each program: the environment variable with its path, arguments with which it exits at once and with 0, and its
 * package of Debian.
 */
export const PROGRAMS = {
  haproxy: { variable: 'KUBEFIGURATOR_HAPROXY', probe: ['-v'], package: 'haproxy' },
  etcd: { variable: 'KUBEFIGURATOR_ETCD', probe: ['--version'], package: 'etcd-server' },
  etcdctl: { variable: 'KUBEFIGURATOR_ETCDCTL', probe: ['version'], package: 'etcd-client' },
  ip: { variable: 'KUBEFIGURATOR_IP', probe: ['-V'], package: 'iproute2' },
  openssl: { variable: 'KUBEFIGURATOR_OPENSSL', probe: ['version'], package: 'openssl' },
  strace: { variable: 'KUBEFIGURATOR_STRACE', probe: ['-V'], package: 'strace' },
  promtool: { variable: 'KUBEFIGURATOR_PROMTOOL', probe: ['--version'], package: 'prometheus' },
  prometheus: { variable: 'KUBEFIGURATOR_PROMETHEUS', probe: ['--version'], package: 'prometheus' },
  'kube-apiserver': { variable: 'KUBEFIGURATOR_KUBE_APISERVER', probe: ['--version'] },
};

/** Finds or obtains the programs of these names; gives the environment variables with their paths. */
export async function obtainPrograms(names) {
  const found = {};
  for (const name of names) found[PROGRAMS[name].variable] = await obtainProgram(name);
  return found;
}

async function obtainProgram(name) {
  const program = PROGRAMS[name];
  const named = process.env[program.variable];
  if (named) {
    if (runs(named, program.probe)) return named;
    throw new HarnessError(`$${program.variable} is ${named}, which doesn't run: correct it, or unset it`);
  }
  const present = candidates(name).find((path) => runs(path, program.probe));
  if (present !== undefined) return present;
  return program.package === undefined ? buildApiServer() : unpack(name, program);
}

/** Where a program may be already; setup-envtest installs kube-apiserver in `$KUBEBUILDER_ASSETS`. */
function candidates(name) {
  const { KUBEBUILDER_ASSETS: assets } = process.env;
  const asset = name === 'kube-apiserver' && assets ? join(assets, name) : undefined;
  const others = executables(name);
  return asset !== undefined && isExecutable(asset) ? [asset, ...others] : others;
}

/** Takes the program from its Debian package, or from the cache. */
async function unpack(name, program) {
  const folder = join(cacheFolder(), `${name}-${platformName()}`);
  const path = join(folder, 'bin', name);
  if (existsSync(path) && runs(path, program.probe)) return path;
  rmSync(folder, { recursive: true, force: true });
  try {
    await unpackProgram(name, program.package, folder);
  } catch (error) {
    throw new HarnessError(
      `${name} is needed and couldn't be obtained: ${error.message}\n` +
        `Install it (apt-get install ${program.package}), or set $${program.variable} to the program's path.`,
    );
  }
  if (!runs(path, program.probe)) throw new HarnessError(`${path} was unpacked but doesn't run`);
  return path;
}

/** Takes the API server from the cache, or builds it from Go modules, which takes some minutes. */
async function buildApiServer() {
  const stamp = 'k8s.io/component-base/version.git';
  try {
    return await buildGoProgram({
      name: 'kube-apiserver',
      source: join(here, '..', 'kube', 'kube-apiserver'),
      module: 'k8s.io/kubernetes',
      flagsFor: (version) => {
        const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version);
        return `-X ${stamp}Version=${version} -X ${stamp}Major=${major} -X ${stamp}Minor=${minor}`;
      },
    });
  } catch (error) {
    throw new HarnessError(
      `${error.message}\nSet $KUBEBUILDER_ASSETS (setup-envtest use -p path prints it) or $KUBEFIGURATOR_KUBE_APISERVER, or install Go 1.25 or newer.`,
    );
  }
}

function runs(path, probe) {
  const { status } = spawnSync(path, probe, {
    stdio: 'ignore',
    timeout: 20_000,
    // Older etcdctl know the command `version` only with the API 3.
    env: { ...process.env, ETCDCTL_API: '3' },
  });
  return status === 0;
}

/** The first line of a program's own version output. */
export function versionOf(path, probe) {
  return String(execFileSync(path, probe, { stdio: ['ignore', 'pipe', 'ignore'] })).split('\n')[0];
}
