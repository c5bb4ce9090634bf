import { expect, it } from 'vitest';
import type { ServiceRecord } from '../../index.ts';
import { defaultTranslatorSettings, readIntents } from '../../index.ts';

function service(name: string, createdAt: number | undefined, uid?: string): ServiceRecord {
  const [namespace = '', own = ''] = name.split('/');
  return {
    ...{ namespace, name: own, createdAt, type: 'NodePort', ipFamilies: ['IPv4'] },
    ...(uid === undefined ? {} : { uid }),
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map([['haproxy-kubefigurator.hostname', 'x.org']]),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

it.each<[string, readonly ServiceRecord[], readonly string[]]>([
  ['the age decides first', [service('a/young', 2, '1'), service('z/old', 1, '9')], ['z/old', 'a/young']],
  [
    'within a second the uid, and no name that sorts first',
    [service('a/evil', 1, '9'), service('z/victim', 1, '1')],
    ['z/victim', 'a/evil'],
  ],
  [
    'one with a uid comes before a manifest without one',
    [service('a/manifest', 1), service('z/stored', 1, '9')],
    ['z/stored', 'a/manifest'],
  ],
  [
    'without uids namespace and name decide',
    [service('b/a', 1), service('a/b', 1), service('a/a', 1)],
    ['a/a', 'a/b', 'b/a'],
  ],
  [
    'what has no age is the youngest, whatever its uid',
    [service('a/new', undefined, '1'), service('z/old', 1, '9')],
    ['z/old', 'a/new'],
  ],
])('claims are in order: %s', (_what, services, expected) => {
  for (const list of [services, [...services].reverse()]) {
    const { intents } = readIntents({ services: list, nodes: [] }, defaultTranslatorSettings);
    expect(intents.map(({ source }) => `${source.namespace}/${source.service}`)).toEqual(expected);
  }
});
