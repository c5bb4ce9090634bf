// Builds dist/kubefigurator-consumer_<version>_<architecture>.deb; the same inputs and SOURCE_DATE_EPOCH give the same bytes.
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { consumerManPage } from '../reference/consumer-man-page.ts';
import { runQuietly } from '../run.mjs';
import { copyrightText } from './copyright.mjs';
import { NODE_VERSION, obtainRuntime, ownArchitecture } from './runtime.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const NAME = 'kubefigurator-consumer';
const HOME = `usr/lib/${NAME}`;
const DOC = `usr/share/doc/${NAME}`;
const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];
/** Debian 12 and Ubuntu 22.04 unpack zstd; xz would be a tenth smaller and take eight times as long. */
const COMPRESSION = 'zstd';

/** The text of a file in `deploy/debian`: control file, maintainer scripts, conffiles, the program's wrapper. */
const packagingFile = (path) => readFileSync(join(root, 'deploy/debian', path), 'utf8');

/** Everything but the control files: path below the root, content (text, bytes or the file to copy), mode. */
function contents({ version, date, runtime }) {
  const bundle = join(root, 'dist', `${NAME}.cjs`);
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing: npm run build`);
  const metafile = bundle.replace(/\.cjs$/, '.meta.json');
  const packed = (text) => gzipSync(text, { level: 9 });
  return [
    [`usr/bin/${NAME}`, packagingFile(NAME), 0o755],
    [`${HOME}/node`, { file: join(runtime, 'node') }, 0o755],
    [`${HOME}/${NAME}.cjs`, { file: bundle }, 0o644],
    [`usr/lib/systemd/system/${NAME}.service`, { file: join(root, `systemd/${NAME}.service`) }, 0o644],
    [
      'etc/systemd/system/haproxy.service.d/kubefigurator.conf',
      { file: join(root, 'systemd/haproxy.service.d/kubefigurator.conf') },
      0o644,
    ],
    [`etc/default/${NAME}`, { file: join(root, `systemd/${NAME}.default`) }, 0o600],
    [`usr/share/man/man1/${NAME}.1.gz`, packed(consumerManPage(version, date.slice(0, 10))), 0o644],
    [`${DOC}/copyright`, copyrightText(root, metafile), 0o644],
    [`${DOC}/LICENSE.nodejs.gz`, packed(readFileSync(join(runtime, 'LICENSE'))), 0o644],
    [`${DOC}/changelog.gz`, packed(debianChangelog(version, date)), 0o644],
    [`${DOC}/CHANGELOG.md.gz`, packed(readFileSync(join(root, 'CHANGELOG.md'))), 0o644],
    [`${DOC}/install.md`, { file: join(root, 'docs/install.md') }, 0o644],
    [`${DOC}/operations.md`, { file: join(root, 'docs/operations.md') }, 0o644],
  ];
}

/** Folders that the package creates empty; the operator fills them. */
const FOLDERS = [
  ['etc/haproxy/ssl', 0o750],
  ['etc/kubefigurator/etcd', 0o700],
];

function debianChangelog(version, date) {
  const [, maintainer] = /^Maintainer: (.*)$/m.exec(packagingFile('control'));
  const when = new Date(date).toUTCString().replace('GMT', '+0000');
  return `${NAME} (${version}) stable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${maintainer}  ${when}\n`;
}

function stage(folder, files) {
  for (const [path, mode] of FOLDERS) {
    mkdirSync(join(folder, path), { recursive: true });
    chmodSync(join(folder, path), mode);
  }
  for (const [path, content, mode] of files) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(target, content);
    else copyFileSync(content.file, target);
    chmodSync(target, mode);
  }
}

function writeControl(folder, files, { version, architecture }) {
  const control = join(folder, 'DEBIAN');
  mkdirSync(control);
  const bytes = files.reduce((sum, [path]) => sum + lstatSync(join(folder, path)).size, 0);
  const values = {
    VERSION: version,
    ARCHITECTURE: architecture,
    INSTALLED_SIZE: Math.ceil(bytes / 1024),
    NODE_VERSION,
    HEADER: readFileSync(join(root, 'systemd/dynamic.cfg'), 'utf8').trim(),
  };
  const filled = (name) => packagingFile(name).replaceAll(/@([A-Z_]+)@/g, (_, key) => values[key]);
  writeFileSync(join(control, 'control'), filled('control'));
  writeFileSync(join(control, 'conffiles'), packagingFile('conffiles'));
  writeFileSync(join(control, 'md5sums'), checksums(folder, files));
  for (const script of SCRIPTS) writeFileSync(join(control, script), filled(script), { mode: 0o755 });
}

function checksums(folder, files) {
  // Files below /etc are conffiles, which the operator may change.
  const paths = files.map(([path]) => path).filter((path) => !path.startsWith('etc/'));
  const sum = (path) =>
    createHash('md5')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
  return paths
    .toSorted()
    .map((path) => `${sum(path)}  ${path}\n`)
    .join('');
}

/** Sets modes and times that don't depend on who builds and when. */
function setModesAndTimes(folder, seconds) {
  const modes = new Map(FOLDERS);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, modes.get(relative(folder, path)) ?? 0o755);
    utimesSync(path, seconds, seconds);
  }
  chmodSync(folder, 0o755);
  utimesSync(folder, seconds, seconds);
}

/** The package's date in seconds since 1970: `$SOURCE_DATE_EPOCH`, else the time of the commit. */
function sourceDate() {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given) return Number(given);
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }));
}

/** `1.2.0~rc.1` for `1.2.0-rc.1`: only with a tilde does Debian take it for older than `1.2.0`. */
const debianVersion = (version) => version.replace('-', '~');

async function main() {
  const { version: ownVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { values } = parseArgs({
    options: {
      version: { type: 'string', default: ownVersion },
      architecture: { type: 'string', default: ownArchitecture() },
      runtime: { type: 'string' },
      output: { type: 'string', default: join(root, 'dist') },
      compression: { type: 'string', default: COMPRESSION },
    },
  });
  const { architecture } = values;
  const version = debianVersion(values.version);
  const runtime = values.runtime ?? (await obtainRuntime(architecture));
  const seconds = sourceDate();
  const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-deb-'));
  const target = join(values.output, `${NAME}_${version}_${architecture}.deb`);
  try {
    const files = contents({ version, date: new Date(seconds * 1000).toISOString(), runtime });
    stage(folder, files);
    writeControl(folder, files, { version, architecture });
    setModesAndTimes(folder, seconds);
    // The level suits zstd alone; other compressions keep their defaults.
    const level = values.compression === COMPRESSION ? ['-z9'] : [];
    const flags = ['--build', '--root-owner-group', `-Z${values.compression}`, ...level];
    await runQuietly('building the package', 'dpkg-deb', [...flags, folder, target], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(seconds) },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${relative(process.cwd(), target)}\n`);
}

await main();
