import { expect, it } from 'vitest';
import { defineCommand } from './command.ts';
import { runProgram } from './program.ts';
import { listSetting, textSetting } from './settings.ts';
import { captureIo } from './testing/captured-io.ts';
import { findUnknownVariables } from './unknown-variables.ts';

const settings = {
  etcdHost: listSetting({ flag: 'etcd-host', default: ['http://a'], help: 'where etcd is' }),
  kubeconfig: textSetting({ flag: 'kubeconfig', environment: ['KUBECONFIG'], help: 'a file' }),
};
const watch = defineCommand({ name: 'watch', summary: 'w', settings, run: () => Promise.resolve(0) });
const program = { name: 'kubefigurator-test', summary: 's', version: '1', commands: [watch] };
const unknown = (env: Record<string, string>): readonly (readonly [string, string | undefined])[] =>
  findUnknownVariables(program, captureIo([], env).io).map(({ name, meant }) => [name, meant]);

it.each([
  ['KUBEFIGURATOR_ETCD_HOTS', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_ETCD_HOSTS', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_ETCDHOST', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_ETCD-HOST', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_KUBECONFG', 'KUBEFIGURATOR_KUBECONFIG'],
  ['KUBEFIGURATOR_LOGLEVEL', 'KUBEFIGURATOR_LOG_LEVEL'],
  ['kubefigurator_etcd_host', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_ETCD_PORT', 'KUBEFIGURATOR_ETCD_HOST'],
  ['KUBEFIGURATOR_ETCD_HOST_PORT', undefined],
  ['KUBEFIGURATOR_KUBECONFIG_SERVICE_PORT', undefined],
  ['KUBEFIGURATOR_SOMETHING_ELSE_ALTOGETHER', undefined],
  ['KUBEFIGURATOR_', undefined],
])('%s has no effect; meant is %s', (name, meant) => {
  expect(unknown({ [name]: 'x' })).toEqual([[name, meant]]);
});

it.each([
  'KUBEFIGURATOR_ETCD_HOST',
  'KUBEFIGURATOR_KUBECONFIG',
  'KUBECONFIG',
  'KUBEFIGURATOR_LOG_LEVEL',
  'KUBE_FIGURATOR',
  'KUBEFIGURATOR_PRODUCER_SERVICE_HOST',
  'KUBEFIGURATOR_PRODUCER_SERVICE_PORT',
  'KUBEFIGURATOR_PRODUCER_SERVICE_PORT_METRICS',
  'KUBEFIGURATOR_PRODUCER_PORT',
  'KUBEFIGURATOR_PRODUCER_PORT_9640_TCP',
  'KUBEFIGURATOR_PRODUCER_PORT_9640_TCP_ADDR',
])('%s is known, or none of ours', (name) => {
  expect(unknown({ [name]: 'x', KUBEFIGURATOR_PRODUCER_SERVICE_HOST: '10.0.0.1' })).toEqual([]);
});

it('a program warns of each and runs', async () => {
  const env = { KUBEFIGURATOR_ETCD_HOTS: 'secret', KUBEFIGURATOR_NOTHING_LIKE_IT_AT_ALL: '' };
  const { io, err } = captureIo(['watch', '--log-format', 'json'], env);
  expect(await runProgram(program, io)).toBe(0);
  expect(err()).toContain('"msg":"variable.ignored"');
  expect(err()).toContain('did you mean KUBEFIGURATOR_ETCD_HOST?');
  expect(err()).toContain('KUBEFIGURATOR_NOTHING_LIKE_IT_AT_ALL');
  expect(err()).not.toContain('secret');
});
