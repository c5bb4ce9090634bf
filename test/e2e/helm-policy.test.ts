import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CHART, helm } from '../support/kube/helm.ts';

const VALUES = ['--set=cluster=example', '--set=etcd.host=https://etcd-1.example.com:2379'];

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

async function render(...values: readonly string[]): Promise<{ text: string; objects: readonly Rendered[] }> {
  const place = '--namespace=tenants';
  const { code, stdout, stderr } = await helm('template', 'lb', CHART, place, ...VALUES, ...values);
  if (code !== 0) throw new Error(stderr);
  const objects = parseAllDocuments(stdout).map((document) => document.toJS() as Rendered | null);
  return {
    text: stdout,
    objects: objects
      .filter((object) => object !== null)
      .filter(({ metadata }) => metadata.name === 'lb-policy'),
  };
}

const RULE =
  'policy={"rules":[{"name":"shop","namespaces":["shop"],"hostNames":["*.shop.test"],"listenPorts":[443]}]}';

/** The policy in the chart, written by the real helm. */
describe('the policy of the chart', () => {
  it('is absent without one', async () => {
    const { text, objects } = await render();
    expect(objects).toEqual([]);
    expect(text).not.toContain('POLICY');
  });

  it('is a ConfigMap that the producer watches, with the right to it alone', async () => {
    const { text, objects } = await render(`--set-json=${RULE}`);
    expect(objects.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Role', 'RoleBinding']);
    expect(text).toMatch(/KUBEFIGURATOR_POLICY_CONFIG_MAP\n\s+value: "tenants\/lb-policy"/);
    const data = objects.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
    const [policy] = parseAllDocuments(data['policy.yaml'] ?? '');
    expect(policy?.toJS()).toEqual(JSON.parse(RULE.slice('policy='.length)));
  });

  it('comes with the right to Namespaces only if a rule goes by labels', async () => {
    const { objects } = await render(
      `--set-json=${RULE.replace('"namespaces":["shop"]', '"namespaceSelector":"a=b"')}`,
    );
    expect(objects.map(({ kind }) => kind)).toContain('ClusterRole');
  });
});
