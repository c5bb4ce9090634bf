import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCapturedLog } from '../testing/captured-log.ts';
import { type FollowedPolicy, followPolicyFile, readPolicyFile } from './policy-file.ts';
import { createPolicyKeeper, type PolicyKeeper } from './policy-keeper.ts';

let folder: string;
let captured: ReturnType<typeof createCapturedLog>;
let keeper: PolicyKeeper;
let stop: AbortController;
let followed: FollowedPolicy | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-'));
  captured = createCapturedLog();
  stop = new AbortController();
  const labels = { follow: () => undefined, ready: () => true as const };
  keeper = createPolicyKeeper({
    from: 'file',
    cluster: '',
    labels,
    onChange: () => undefined,
    log: captured.log,
  });
});
afterEach(async () => {
  stop.abort();
  await followed?.done;
  rmSync(folder, { recursive: true });
});

const policy = (port: number): string => `default: {listenPorts: [${port}]}\n`;

async function expectPort(port: number): Promise<void> {
  await vi.waitFor(() => expect(keeper.current()?.fallback.listenPorts?.[0]?.from).toBe(port), 10_000);
}

/** As the kubelet writes a mounted ConfigMap: a folder for each version, and a link that is swapped. */
function mount(version: string, text: string): void {
  mkdirSync(join(folder, version));
  writeFileSync(join(folder, version, 'policy.yaml'), text);
  symlinkSync(version, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

it('follows a mounted ConfigMap, whose links are swapped, and keeps the last policy over a mistake', async () => {
  const path = join(folder, 'policy.yaml');
  mount('v1', policy(80));
  symlinkSync('..data/policy.yaml', path);
  followed = followPolicyFile({ path, keeper, log: captured.log, signal: stop.signal });
  await expectPort(80);
  mount('v2', policy(443));
  await expectPort(443);
  mount('v3', 'default: [');
  await vi.waitFor(() => expect(keeper.trouble()).toContain('line 1: '), 10_000);
  await expectPort(443);
  rmSync(path);
  await vi.waitFor(() => expect(keeper.trouble()).toMatch(/no such file|doesn't exist/), 10_000);
  await expectPort(443);
  symlinkSync('..data/policy.yaml', path);
  mount('v4', policy(8443));
  await expectPort(8443);
});

it.each<[string, (path: string) => void, RegExp]>([
  ['a folder', (path) => mkdirSync(path), /it is no file/],
  ['more than 1 MiB', (path) => writeFileSync(path, '#'.repeat(1_048_577)), /larger than 1048576 bytes/],
  ['other bytes than UTF-8', (path) => writeFileSync(path, Buffer.from([0xff, 0xfe])), /isn't UTF-8/],
])('refuses %s', async (_what, create, expected) => {
  const path = join(folder, 'policy.yaml');
  create(path);
  await expect(readPolicyFile(path)).rejects.toThrow(expected);
});
