import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBaseReader } from './base-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubefigurator-host-'));
const base = (text: string): string => {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  return file;
};
const allows = async (file: string): Promise<boolean> => (await createBaseReader([file])()).allowsRuntime;

it('servers are changed at run time only if no base file concerns servers', async () => {
  expect(await allows(base('global\ndefaults\n  timeout client 1s\n'))).toBe(true);
  expect(await allows(base('defaults\n  default-server inter 1s\n'))).toBe(false);
  expect(await allows(base('frontend x\n  http-request deny if { srv_is_up(b/x) }\n'))).toBe(false);
});

it('a base file that can’t be read may concern servers', async () => {
  expect(await allows(folder)).toBe(false);
  expect(await allows(join(folder, 'missing.cfg'))).toBe(false);
});

it('a file of server states is ignored by our release, and is no reason against changes at run time', async () => {
  const file = base('global\n  server-state-file /s\ndefaults\n  load-server-state-from-file global\n');
  const read = createBaseReader([file]);
  expect(await read()).toMatchObject({ allowsRuntime: true, needs: { ignoreServerState: true } });
  base('defaults\n  load-server-state-from-file local\n  load-server-state-from-file none\n');
  expect(await read()).toMatchObject({ needs: { ignoreServerState: false } });
});

it('names each directive that contradicts what Services may expect, with file and line', async () => {
  const file = base('global\n  log x\n\n# c\ndefaults\n  mode http\n  monitor-uri /up\n  stats enable\n');
  const { contradictions } = await createBaseReader([file])();
  expect(contradictions.map(({ line, directive }) => [line, directive])).toEqual([
    [7, 'monitor-uri'],
    [8, 'stats'],
  ]);
  expect(contradictions[0]?.file).toBe(file);
});
