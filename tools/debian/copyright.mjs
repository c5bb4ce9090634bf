// The licences of everything in the package, found through the bundle's list of input files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const OURS = `Kubefigurator is licensed under the Apache License, version 2.0;
on Debian systems its text is in /usr/share/common-licenses/Apache-2.0.

/usr/lib/kubefigurator-consumer/node is Node.js, with what it contains itself:
see LICENSE.nodejs.gz beside this file.

/usr/lib/kubefigurator-consumer/kubefigurator-consumer.cjs contains these packages from npm:
`;

/** The text of the package's copyright file; throws if a package in the bundle has no license. */
export function copyrightText(root, metafile) {
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'));
  const folders = new Set(Object.keys(inputs).flatMap((path) => packageFolder(root, path)));
  return [OURS, ...[...folders].toSorted().map(describePackage)].join('\n');
}

/** esbuild names files from the app's folder. */
function packageFolder(root, path) {
  const [, inside] = /^.*?((?:node_modules\/).*)$/.exec(path) ?? [];
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(inside ?? '') ?? [];
  return folder === undefined ? [] : [resolve(root, folder)];
}

function describePackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (license === undefined && file === undefined) throw new Error(`${name} names no license`);
  const text =
    file !== undefined && existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '';
  const indented = text
    .trim()
    .replace(/\r/g, '')
    .replace(/^(?=.)/gm, '  ');
  return [`${'-'.repeat(72)}`, `${name} ${version}: ${license ?? 'see below'}`, '', indented, ''].join('\n');
}
