// Makes a bare Debian with systemd in a folder of the cache, for the tests that install things: the packages of a fresh
// machine, a folder of packages from which apt can install without a network, and kubectl.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obtainRuntime } from '../../../tools/debian/runtime.mjs';
import { cacheFolder, putInPlace } from '../../../tools/cache.mjs';
import { platformName, privateApt } from '../../../tools/debian/packages.mjs';
import { runQuietly, say } from '../../../tools/run.mjs';
import { buildGoProgram, executables } from '../sandbox/go-programs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
/** The packages of a fresh machine. */
const BASE = ['?essential', 'apt', 'systemd', 'systemd-sysv', 'dbus', 'ca-certificates', 'iproute2'];
/** The packages that the docs and the Dockerfiles install, and groff, which checks the manual page. */
const OFFERED = ['haproxy', 'etcd-server', 'etcd-client', 'openssl', 'curl', 'groff-base'];
/** To be raised if the content of the folder changes, so that it is made again. */
const EDITION = 2;
/** Folders of the root that Debian has as links to folders of /usr. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
const SECOND_STAGE = `set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive
mount -t proc proc /proc
cp /usr/share/base-passwd/passwd.master /etc/passwd
cp /usr/share/base-passwd/group.master /etc/group
ldconfig
dpkg --install --force-depends --force-confnew /packages/*.deb
dpkg --configure --pending
rm -f /packages/*.deb /dev/null
`;

/**
 * The environment variables that name the machine's folder, kubectl, helm and the package's Node; if one can't be obtained,
 * `<variable>_PROBLEM` holds the reason, and the tests that need it fail with that.
 */
export async function obtainMachine() {
  return {
    ...(await attempt('KUBEFIGURATOR_MACHINE', obtainRoot)),
    ...(await attempt('KUBEFIGURATOR_KUBECTL', obtainKubectl)),
    ...(await attempt('KUBEFIGURATOR_HELM', obtainHelm)),
    ...(await attempt('KUBEFIGURATOR_NODE_RUNTIME', obtainRuntime)),
  };
}

async function attempt(variable, obtain) {
  try {
    return { [variable]: await obtain() };
  } catch (error) {
    say(`tests that need $${variable} will fail: ${error.message.split('\n')[0]}`);
    return { [`${variable}_PROBLEM`]: error.message };
  }
}

async function obtainRoot() {
  if (process.getuid() !== 0) throw new Error('a machine with systemd needs root: run the tests with sudo');
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error('the machine is made of Debian packages, and this system has no apt-get');
  const folder = join(cacheFolder(), `machine-${EDITION}-${platformName()}`);
  if (existsSync(folder)) return folder;
  say(`making a bare machine of the distribution's packages in ${folder} (nothing is installed)`);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const [root, offered] = [join(work, 'root'), join(work, 'packages')];
    for (const path of [root, offered]) mkdirSync(path);
    await download(BASE, join(root, 'packages'), work);
    await makeRoot(root);
    await download([...BASE, ...OFFERED], offered, work);
    writeIndex(offered);
    rmSync(join(work, 'status'));
    putInPlace(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Downloads packages with all their dependencies, as for a system without any package. */
async function download(packages, archives, work) {
  const status = join(work, 'status');
  writeFileSync(status, '');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const options = [
    ...(await privateApt(cacheFolder())),
    '-o',
    `Dir::State::status=${status}`,
    '-o',
    `Dir::Cache::archives=${archives}`,
  ];
  const flags = ['--yes', '--no-install-recommends', '--download-only', 'install'];
  await runQuietly('downloading packages', 'apt-get', [...options, ...flags, ...packages]);
  rmSync(join(archives, 'partial'), { recursive: true });
  rmSync(join(archives, 'lock'), { force: true });
}

/** Unpacks and configures the packages like an installer, in separate namespaces. */
async function makeRoot(root) {
  for (const name of MERGED) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const archives = join(root, 'packages');
  for (const file of readdirSync(archives)) {
    await runQuietly(`unpacking ${file}`, 'dpkg-deb', ['-x', join(archives, file), root]);
  }
  writeFileSync(join(root, 'var/lib/dpkg/status'), '');
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--net', '--uts', '--ipc'];
  await runQuietly('configuring the machine', 'unshare', [
    ...namespaces,
    'chroot',
    root,
    '/bin/sh',
    '-c',
    SECOND_STAGE,
  ]);
}

/** Writes the index that apt needs to install from a folder of packages. */
function writeIndex(folder) {
  const entries = [];
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    const path = join(folder, file);
    const fields = execFileSync('dpkg-deb', ['-f', path], { encoding: 'utf8' }).trimEnd();
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    entries.push(`${fields}\nFilename: ./${file}\nSize: ${statSync(path).size}\nSHA256: ${hash}\n`);
  }
  writeFileSync(join(folder, 'Packages'), entries.join('\n'));
}

/** Finds kubectl in $PATH, else builds it from Go modules, which takes minutes the first time. */
async function obtainKubectl() {
  const [present] = executables('kubectl');
  return (
    present ?? buildGoProgram({ name: 'kubectl', source: join(here, 'kubectl'), module: 'k8s.io/kubectl' })
  );
}

/** Finds helm in $PATH, else builds it, which takes minutes the first time. */
async function obtainHelm() {
  const [present] = executables('helm');
  const source = join(here, '..', 'kube', 'helm');
  const [module, target] = ['helm.sh/helm/v3', 'helm.sh/helm/v3/cmd/helm'];
  // The version of Kubernetes that charts may ask for without a cluster, as helm's own Makefile sets it.
  const [, minor] = /k8s\.io\/client-go v0\.(\d+)/.exec(readFileSync(join(source, 'go.mod'), 'utf8'));
  const stamp = `${module}/pkg/chartutil.k8sVersion`;
  const flagsFor = () => `-X ${stamp}Major=1 -X ${stamp}Minor=${minor}`;
  return present ?? buildGoProgram({ name: 'helm', source, module, target, flagsFor });
}
