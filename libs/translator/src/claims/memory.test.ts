import { describe, expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { isReturningClaim } from './contest.ts';
import { memoriesOf, presentOf } from './memory.ts';

const SOURCE = { namespace: 'shop', service: 'web', port: 'http' };

/** True if a port that asks for this file counts as unchanged beside these files of the published text. */
function isReturning(file: string, ...published: readonly string[]): boolean {
  const intent: Intent = {
    source: SOURCE,
    mode: 'http',
    bind: { addresses: { kind: 'addresses', addresses: ['*'] }, port: 443 },
    hosts: [{ match: 'exact', name: 'a.test' }],
    tls: { certificate: file },
    backend: { balance: ['roundrobin'], directives: [], tls: undefined },
    servers: { kind: 'nodes', families: ['IPv4'], nodePort: 30_080 },
  };
  const remembered = {
    ...{ source: SOURCE, mode: 'http' as const, tls: true, hosts: new Set(['a.test']) },
    ...{ certificate: published.at(-1), state: 'served' as const },
    ...(published.length > 1 ? { certificates: published } : {}),
  };
  const present = presentOf([{ source: SOURCE, port: 443 } as never], [intent], '/ssl');
  const [key = ''] = present.intents.keys();
  const bind = { address: '*', port: 443, served: true, sources: new Map([[key, remembered]]) };
  return isReturningClaim({ intent, key, rank: 0 }, memoriesOf(bind, '*', present));
}

describe('a port with a certificate', () => {
  it.each([
    ['the same file', 'a.pem', ['/ssl/a.pem'], true],
    ['a file of the same name in another folder', 'a.pem', ['/ssl/team/a.pem'], false],
    ['a file in a folder instead of one of the same name', 'team/a.pem', ['/ssl/a.pem'], false],
    ['the same file outside of the folder', '/certs/a.pem', ['/certs/a.pem'], true],
    ['its file, and the last one is held', 'a.pem', ['/ssl/a.pem', '/ssl/held.pem'], true],
    ['its file, and the first one is held', 'a.pem', ['/ssl/held.pem', '/ssl/a.pem'], true],
    ['another file, and one is held', 'b.pem', ['/ssl/a.pem', '/ssl/held.pem'], false],
  ])('%s', (_what, file, published, isUnchanged) => {
    expect(isReturning(file, ...published)).toBe(isUnchanged);
  });
});
