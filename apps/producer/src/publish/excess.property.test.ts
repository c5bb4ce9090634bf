import { cluster, hostileService, propertyRuns } from '@kubefigurator/translator/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compiled, HONEST, judge, nodes, service } from './testing/asked.ts';

const { seed, numRuns } = propertyRuns();
const runs = { seed, numRuns: numRuns / 5 };
/** Names that mean something to HAProxy or to the gate elsewhere. */
const word = fc.constantFrom(
  ...[
    'x_reg',
    'reg',
    'rstatus',
    'rstring',
    'regsub',
    'crc32',
    'env',
    'if',
    'unless',
    'or',
    'str',
    'len',
    'size',
  ],
  ...['set-var', 'do-resolve', 'lua.x', 'map', 'acl', 'crt', 'ca-file', 'addr', 'usesrc', 'source', 'file'],
  ...[
    '127.0.0.1',
    '169.254.169.254',
    'localhost',
    'bind',
    'server',
    'stdout',
    'x_end',
    'path_reg',
    'use-server',
  ],
);
const hostNames = fc.array(word, { minLength: 1, maxLength: 5 }).map((names) => names.join());
const wordy = fc
  .record({ hostname: hostNames, 'backends-server-name': word, 'ssl-certificate': word })
  .map((options) =>
    service({
      name: 'words',
      options: { ...options, 'backends-use-ssl': 'true', 'backends-verify-ssl': 'true' },
    }),
  );
it(
  `passes the gate whatever random Services ask for, ${String(runs.numRuns)} from seed ${String(seed)}`,
  { timeout: 600_000 },
  () => {
    fc.assert(
      fc.property(cluster, hostileService, wordy, (snapshot, hostile, words) => {
        const services = [words, hostile, HONEST, ...snapshot.services];
        const { text } = compiled({ services, nodes: [...nodes(1), ...snapshot.nodes] });
        expect(judge(text)).toMatchObject({ kind: 'accepted' });
      }),
      runs,
    );
  },
);
