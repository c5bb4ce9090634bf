import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NamedText } from '../support/haproxy/check-many.ts';
import { checkMany } from '../support/haproxy/check-many.ts';
import { checkConfig, eachHaproxy, plainBaseConfig } from '../support/haproxy/haproxy.ts';
import { repositoryRoot } from '../support/sandbox/programs.ts';
import { createProvider } from '../support/fleet/provided-certificates.ts';

const goldens = join(repositoryRoot, 'libs/translator/golden');

/** The real HAProxy accepts every golden config without a warning. */
describe.each(eachHaproxy())('HAProxy %s', (_version, haproxy) => {
  let folder: string;
  let texts: readonly NamedText[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kf-goldens-'));
    const provide = await createProvider(folder);
    texts = readdirSync(goldens)
      .filter((file) => file.endsWith('.out.cfg'))
      .map((name) => ({ name, text: provide(readFileSync(join(goldens, name), 'utf8')) }));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('accepts every golden config', async () => {
    expect(texts.length).toBeGreaterThanOrEqual(80);
    expect(await checkMany(haproxy, join(folder, 'checked'), texts)).toEqual([]);
  });

  it.each([
    ['unknown.cfg', 'frontend k8s-service_a\n  bund :1\n', 'unknown.cfg:2'],
    [
      'nowhere.cfg',
      'frontend k8s-service_a\n  mode http\n  bind :1\n  default_backend k8s-service_b\n',
      '1_k8s-service_b',
    ],
    ['cut.cfg', 'backend k8s-service_a\n  mode tcp', 'cut.cfg:2'],
    ['warned.cfg', 'backend k8s-service_a\n  mode tcp\n  option httplog\n', 'option httplog'],
  ])('reports one invalid text among valid ones: %s', async (name, text, complaint) => {
    const complaints = await checkMany(haproxy, join(folder, 'wrong'), [
      ...texts.slice(0, 1),
      { name, text },
    ]);
    expect(complaints.join('\n')).toContain(complaint);
    expect(complaints.join('\n')).not.toContain(texts[0]?.name);
  });

  it('accepts some of them alone, with their own names of proxies', async () => {
    const base = join(folder, 'base.cfg');
    writeFileSync(base, plainBaseConfig(folder));
    const alone = [
      'select-ancestor-example',
      'select-empty-cluster',
      'share-200',
      'mode-tcp',
      'hostname-300',
    ];
    for (const name of alone) {
      const text = texts.find((each) => each.name === `${name}.out.cfg`)?.text ?? '';
      const file = join(folder, 'alone.cfg');
      writeFileSync(file, text);
      expect(await checkConfig(haproxy, [base, file]), name).toEqual({ code: 0, complaints: '' });
    }
  });
});
