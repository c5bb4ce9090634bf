// Finds several versions of HAProxy for the tests: the system's own, and those of other Debian releases.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../tools/cache.mjs';
import { unpackProgram } from '../../../tools/debian/packages.mjs';
import { useOwnLoader } from './interpreter.mjs';
import { HarnessError, runQuietly, say } from '../../../tools/run.mjs';

/** One Debian release for each branch of HAProxy that we test: 2.6, 3.0, and the newest. */
const SUITES = ['bookworm', 'trixie', 'testing'];
/** Timeouts for a mirror that doesn't answer, so that it doesn't delay the tests. */
const SHORT_TIMEOUTS = {
  'Acquire::Retries': '0',
  'Acquire::http::Timeout': '10',
  'Acquire::https::Timeout': '10',
};

/**
 * The environment variable that names every HAProxy: the given one first, then `$KUBEFIGURATOR_HAPROXIES` if it is
 * set, else those of the other releases. The others are optional; a progress line names those that are missing.
 */
export async function obtainHaproxies(own) {
  const named = process.env.KUBEFIGURATOR_HAPROXIES;
  const others = named ? namedHaproxies(named) : await fetchOthers();
  const chosen = new Map();
  for (const path of [own, ...others.paths]) {
    const key = named ? path : branchOf(path);
    if (!chosen.has(key)) chosen.set(key, path);
  }
  const paths = [...chosen.values()];
  say(`HAProxy ${paths.map(versionOf).join(', ')}${others.missing.map((line) => `; ${line}`).join('')}`);
  return { KUBEFIGURATOR_HAPROXIES: paths.join(',') };
}

function namedHaproxies(list) {
  const paths = list
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
  const broken = paths.find((path) => versionOf(path) === undefined);
  if (broken !== undefined)
    throw new HarnessError(`$KUBEFIGURATOR_HAPROXIES names ${broken}, which doesn't run`);
  return { paths, missing: [] };
}

/** `3.0`: unless the environment names programs, tests run on one version of each branch. */
function branchOf(path) {
  return /^\d+\.\d+/.exec(versionOf(path) ?? '')?.[0];
}

function versionOf(path) {
  const { status, stdout } = spawnSync(path, ['-v'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
}

async function fetchOthers() {
  const paths = [];
  const missing = [];
  for (const suite of SUITES.filter((name) => name !== osRelease('VERSION_CODENAME'))) {
    try {
      paths.push(await obtainFrom(suite));
    } catch (error) {
      missing.push(
        `the version of ${suite} can't be obtained: ${error.message.trimEnd().split('\n').at(-1)}`,
      );
    }
  }
  return { paths, missing };
}

async function obtainFrom(suite) {
  const folder = join(cacheFolder(), `haproxy-${suite}-${process.arch}`);
  const path = join(folder, 'bin', 'haproxy');
  if (existsSync(path) && versionOf(path) !== undefined) return path;
  rmSync(folder, { recursive: true, force: true });
  const home = join(cacheFolder(), 'apt', suite);
  try {
    const options = await aptFor(suite, ownMirror(), home);
    await unpackProgram('haproxy', 'haproxy', folder, { suite, options, adopt: useOwnLoader });
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  if (versionOf(path) === undefined) throw new Error('the unpacked program does not run');
  return path;
}

/** A field of /etc/os-release; undefined if it is missing. */
function osRelease(field) {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return new RegExp(`^${field}="?([^"\\n]*)`, 'm').exec(text)?.[1];
}

/** The mirror of this machine's own release. */
function ownMirror() {
  if (osRelease('ID') !== 'debian') throw new Error('this system is not Debian');
  const format = '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CREATED_BY)';
  const targets = execFileSync('apt-get', ['indextargets', '--format', format], { encoding: 'utf8' });
  const [uri] = targets
    .split('\n')
    .map((line) => line.split('|'))
    .filter(
      ([, suite, part, by]) =>
        suite === osRelease('VERSION_CODENAME') && part === 'main' && by === 'Packages',
    )
    .map(([first]) => first);
  if (uri === undefined) throw new Error('the apt sources of this system name no mirror of its release');
  return uri;
}

/** Options that make apt-get use only this suite and treat no package as installed. */
async function aptFor(suite, mirror, home) {
  for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(home, folder), { recursive: true });
  }
  writeFileSync(join(home, 'status'), '');
  writeFileSync(join(home, 'sources.list'), `deb ${mirror} ${suite} main\n`);
  const options = Object.entries({
    'Dir::Etc::SourceList': join(home, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(home, 'state'),
    'Dir::State::status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
    'APT::Sandbox::User': 'root',
    'Debug::NoLocking': '1',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    ...SHORT_TIMEOUTS,
  }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await runQuietly(`reading the package lists of ${suite}`, 'apt-get', [
    ...options,
    '--error-on=any',
    'update',
  ]);
  return options;
}
