import { CLAIM_FIELDS, POLICY_FIELDS, RULE_FIELDS } from '@kubefigurator/translator';
import { code, GENERATED, page, table } from './markdown.ts';

interface Field {
  readonly takes: string;
  readonly meaning: string;
}

/** The reference page of policies, from the tables of fields. */
export function policyPage(): string {
  const rows = (fields: Readonly<Record<string, Field>>): string[][] =>
    Object.entries(fields).map(([name, { takes, meaning }]) => [code(name), takes, meaning]);
  const head = ['field', 'value', 'meaning'];
  return page([
    '# The policy: who may expose what',
    GENERATED,
    'A policy is a YAML file (`--policy-file`), or the key `policy.yaml` of a ConfigMap (`--policy-config-map`). [Several tenants](../guides/several-tenants.md) shows how it is used, and [an example](../../examples/policy/policy.yaml) has all of it.',
    table(head, rows(POLICY_FIELDS)),
    '## A rule',
    'One rule counts for a namespace: the one that names it, else the first whose labels match, else `default`. A Namespace that the producer doesn’t know has no labels.',
    table(head, rows(RULE_FIELDS)),
    '## What a rule, or `default`, may limit',
    'A field that is absent limits nothing, and an empty list allows nothing.',
    table(
      head,
      CLAIM_FIELDS.map(({ name, takes, meaning }) => [code(name), takes, meaning]),
    ),
    'A list has at most 1,000 items, and a policy at most 1 MiB. An unknown field, a value that doesn’t parse, and a namespace in two rules refuse the policy as a whole.',
  ]);
}
