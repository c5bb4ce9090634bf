// The licences of everything in the package, found through the bundle's list of input files.
import { readFileSync } from 'node:fs';
import { licensesOf } from '../licenses.mjs';

const OURS = `Kubefigurator is licensed under the Apache License, version 2.0;
on Debian systems its text is in /usr/share/common-licenses/Apache-2.0.

/usr/lib/kubefigurator-consumer/node is Node.js, with what it contains itself:
see LICENSE.nodejs.gz beside this file.

/usr/lib/kubefigurator-consumer/kubefigurator-consumer.cjs contains these packages from npm:
`;

/** The text of the Debian package's copyright file; throws if an npm package in the bundle has no license. */
export function copyrightText(root, metafile) {
  return [OURS, licensesOf(root, JSON.parse(readFileSync(metafile, 'utf8')))].join('\n');
}
