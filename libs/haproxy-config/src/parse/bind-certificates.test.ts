import { expect, it } from 'vitest';
import { certificatesOnBind } from './bind-certificates.ts';
import { parseConfigText } from './config-text.ts';

function onBind(bind: string, ...asked: readonly string[]): string[] {
  const comments = asked.map((file) => `  # service: n/s port: p certificate: ${file}\n`).join('');
  const [section] = parseConfigText(`frontend f\n${comments}  bind :443 ssl ${bind}\n`).sections;
  const [line] = section?.lines ?? [];
  return line === undefined ? [] : certificatesOnBind(line);
}

it.each<[string, string, readonly string[], readonly string[]]>([
  ['files, as they stand', 'crt /ssl/b.pem crt /ssl/a.pem', ['/ssl/a.pem'], ['/ssl/b.pem', '/ssl/a.pem']],
  [
    'what is asked for in a folder, by name',
    'crt /ssl',
    ['/ssl/b', '/ssl/a', '/ssl/b'],
    ['/ssl/a', '/ssl/b'],
  ],
  [
    'what is asked for in folders, one after the other',
    'crt /ssl crt /ssl/x',
    ['/ssl/x/a', '/ssl/b', '/ssl/a'],
    ['/ssl/a', '/ssl/b', '/ssl/x/a'],
  ],
  [
    'what is asked for in folders with a slash, in the order of the comments',
    'crt /ssl/d crt /ssl/ crt /ssl/x/',
    ['/ssl/d', '/ssl/x/b', '/ssl/b', '/ssl/x/a'],
    ['/ssl/d', '/ssl/d', '/ssl/x/b', '/ssl/b', '/ssl/x/a'],
  ],
  ['a folder of which nobody asks for a file', 'crt /ssl/ crt /else', ['/more/a'], ['/ssl', '/else']],
  ['a folder that is asked for itself', 'crt /ssl/', ['/ssl/a', '/ssl'], ['/ssl']],
  ['what lies at the root', 'crt /', ['/a', '/x/b'], ['/a']],
])('the certificates of a bind are %s', (_what, bind, asked, certificates) => {
  expect(onBind(bind, ...asked)).toEqual(certificates);
});
