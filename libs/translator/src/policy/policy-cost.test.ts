import { expect, it } from 'vitest';
import type { ServiceRecord } from '../index.ts';
import { defaultTranslatorSettings, readIntents } from '../index.ts';
import { applyPolicy } from './apply-policy.ts';
import { documentOf } from './document.ts';
import { parsePolicy } from './parse-policy.ts';

function serviceAt(index: number): ServiceRecord {
  const namespace = `n${index % 1_000}`;
  return {
    ...{ namespace, name: `s${index}`, createdAt: index, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map([['haproxy-kubefigurator.hostname', `s${index}.${namespace}.org`]]),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

it('asks of 5,000 Services and 1,000 rules in a fraction of a second', () => {
  const rules = Array.from({ length: 1_000 }, (_, index) => ({
    name: `r${index}`,
    ...(index % 2 === 0 ? { namespaces: [`n${index}`] } : { namespaceSelector: `team=t${index}` }),
    hostNames: [`*.n${index}.org`],
    addresses: ['*', '10.0.0.0/8'],
    listenPorts: [443, '8000-8999'],
    maxBinds: 100,
  }));
  const services = Array.from({ length: 5_000 }, (_, index) => serviceAt(index));
  const labels = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`n${index}`, { team: `t${index}` }]),
  );
  const namespaces = Object.entries(labels).map(([name, own]) => ({
    name,
    labels: new Map(Object.entries(own)),
  }));
  const reading = parsePolicy(documentOf({ rules }), { cluster: '' });
  const policy = reading.ok ? reading.policy : undefined;
  const { intents } = readIntents({ services, nodes: [] }, defaultTranslatorSettings);
  const rounds = Array.from({ length: 5 }, () => {
    const started = performance.now();
    const applied = applyPolicy(policy, namespaces);
    const permitted = applied.permit(intents);
    const counted = applied.count(permitted.intents, () => false);
    expect([counted.intents.length, permitted.diagnostics]).toEqual([5_000, []]);
    return performance.now() - started;
  });
  // 100 ms is the promise on an idle machine.
  expect(Math.min(...rounds)).toBeLessThan(300);
});
