import { expect, it } from 'vitest';
import { assign } from '../addresses/assign.ts';
import { claim } from '../claims/claim.ts';
import { formatDiagnostic } from '../diagnostics/diagnostics.ts';
import { acceptValue, refuseValue } from '../diagnostics/parsed.ts';
import { createKubefigurator } from '../dialects/kubefigurator/dialect.ts';
import { buildModel } from '../model/build-model.ts';
import { render } from '../render/render.ts';
import { defaultTranslatorSettings } from '../snapshot/settings.ts';
import { defineOption } from './option.ts';
import { OPTIONS } from './table.ts';

/** A plain option is this row and a golden case; no template and no other stage changes for it. */
const QUEUE_TIMEOUT = defineOption({
  ...{ name: 'timeout-queue', takes: 'a time', default: 'none', doc: 'How long a request may wait.' },
  ...{ scope: 'backend', empty: 'unset', modes: ['http'] },
  admission: { action: 'refuse', holds: "VALUE.matches('^[1-9][0-9]*s$')" },
  parse: (text) =>
    /^[1-9]\d*s$/.test(text) ? acceptValue(text) : refuseValue('must be a time, such as 30s'),
  apply: { directive: (time) => ({ words: ['timeout', 'queue', time] }) },
});

function compileWith(annotations: Readonly<Record<string, string>>): { text: string; diagnostics: string[] } {
  const dialect = createKubefigurator([...OPTIONS, QUEUE_TIMEOUT]);
  const service = {
    ...{ namespace: 'shop', name: 'web', createdAt: 1, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map(Object.entries(annotations)),
    ports: [{ name: 'http', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
  const { intents, diagnostics } = dialect.read(
    { services: [service], nodes: [] },
    defaultTranslatorSettings,
  );
  const claims = claim(assign(intents).placed);
  const nodes = [{ name: 'worker-a', addresses: { IPv4: '10.1.0.11' } }];
  return {
    text: render(buildModel(claims, nodes, defaultTranslatorSettings)),
    diagnostics: diagnostics.map(formatDiagnostic),
  };
}

const HOST = { 'haproxy-kubefigurator.hostname': 'shop.example.com' };

it('a row with a directive adds its line to the backend', () => {
  const { text, diagnostics } = compileWith({ ...HOST, 'haproxy-kubefigurator.http.timeout-queue': '30s' });
  expect(diagnostics).toEqual([]);
  expect(text).toContain(
    '\n  option redispatch 1\n  http-request set-header X-Forwarded-Proto https\n  timeout queue 30s\n  server ',
  );
});

it('a value that does not parse leaves the port out', () => {
  const { text, diagnostics } = compileWith({ ...HOST, 'haproxy-kubefigurator.http.timeout-queue': 'soon' });
  expect(diagnostics).toEqual([
    'error invalid-value Service shop/web port http: "haproxy-kubefigurator.http.timeout-queue" is "soon", but it must be a time, such as 30s; the port is left out',
  ]);
  expect(text).not.toContain('backend ');
});

it('an option that has no effect in the mode of the port gives a warning, and the port is served without it', () => {
  const tcp = { 'haproxy-kubefigurator.haproxy-mode': 'tcp', 'haproxy-kubefigurator.timeout-queue': '30s' };
  const { text, diagnostics } = compileWith(tcp);
  expect(diagnostics).toEqual([
    'warning ineffective-option Service shop/web port http: timeout-queue has no effect on a port of this haproxy-mode',
  ]);
  expect(text).toContain('backend k8s-service_shop_web_http_backend');
  expect(text).not.toContain('timeout');
});

it('a mistyped name is answered with the new option', () => {
  expect(compileWith({ ...HOST, 'haproxy-kubefigurator.timeout-queu': '30s' }).diagnostics).toEqual([
    'warning unknown-option Service shop/web: "haproxy-kubefigurator.timeout-queu" names no option; did you mean "haproxy-kubefigurator.timeout-queue"?',
  ]);
});
