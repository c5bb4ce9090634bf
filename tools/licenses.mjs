// The licences of the npm packages in a bundle, found through esbuild's list of input files.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The licence of each package in a bundle, with its text; throws if a package neither names one nor has its text. */
export function licensesOf(root, { inputs }) {
  const folders = new Set(Object.keys(inputs).flatMap((path) => packageFolder(root, path)));
  return [...folders].toSorted().map(describePackage).join('\n');
}

/**
 * The folder of the package that a file belongs to, as a list of one; empty for a file of ours. esbuild's paths begin in
 * the app's folder, so that what comes before the first `node_modules` is cut off.
 */
function packageFolder(root, path) {
  const [, inside] = /^.*?((?:node_modules\/).*)$/.exec(path) ?? [];
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(inside ?? '') ?? [];
  return folder === undefined ? [] : [resolve(root, folder)];
}

function describePackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  if (license === undefined && file === undefined) throw new Error(`${name} names no license`);
  const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
  const indented = text
    .trim()
    .replace(/\r/g, '')
    .replace(/^(?=.)/gm, '  ');
  return [`${'-'.repeat(72)}`, `${name} ${version}: ${license ?? 'see below'}`, '', indented, ''].join('\n');
}
