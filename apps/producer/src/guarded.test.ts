import {
  type ClusterSnapshot,
  defaultTranslatorSettings,
  type NodeRecord,
  type ServiceRecord,
} from '@kubefigurator/translator';
import { expect, it } from 'vitest';
import { compileGuarded } from './guarded.ts';
import { createGuard } from './publish/guard/guard.ts';

const SETTINGS = { guards: true, share: 0.5, minimum: 4, confirmAfterMs: 300_000 };

function cluster(name: string, shops: readonly string[], nodes = ['a', 'b', 'c', 'd']): ClusterSnapshot {
  return {
    services: shops.map((shop) => service(name, shop)),
    nodes: nodes.map((node) => toNode(name, node)),
  };
}

function service(namespace: string, name: string): ServiceRecord {
  return {
    ...{ namespace, name, createdAt: 1, type: 'NodePort', ipFamilies: [] },
    labels: new Map([['haproxy-kubefigurator.enabled', 'yes']]),
    annotations: new Map([['haproxy-kubefigurator.hostname', `${name}.${namespace}.org`]]),
    ports: [{ name: 'web', number: 80, protocol: 'TCP', nodePort: 30_080 }],
  };
}

function toNode(cluster_: string, name: string): NodeRecord {
  return {
    ...{ name: `${cluster_}-${name}`, labels: new Map(), taints: [], deleting: false },
    addresses: [{ type: 'InternalIP', address: `10.1.0.${String(name.charCodeAt(0))}` }],
  };
}

/** A producer over a key of its own: the text after a snapshot, and how many Services are held. */
function startProducer(): (snapshot: ClusterSnapshot, now?: number) => readonly [string, number] {
  const guard = createGuard(SETTINGS);
  let before: string | undefined;
  return (snapshot, now = 0) => {
    const compiled = compileGuarded(snapshot, defaultTranslatorSettings, {
      ...{ before, releases: [], guard, isApproved: () => false, now, listedAt: undefined },
    });
    guard.published(compiled.judgement, compiled, now);
    before = compiled.text;
    return [compiled.text, compiled.judgement.verdict.held.length];
  };
}

const OURS = cluster('ours', ['a', 'b', 'c', 'd', 'e', 'f']);

it('gives back the whole text after the lists of another cluster, whatever came from there', () => {
  const publish = startProducer();
  const [whole] = publish(OURS);
  const theirs = cluster('theirs', ['k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's']);
  const [text, held] = publish(theirs);
  expect(held).toBe(6);
  for (const name of [...'abcdef'].map((letter) => `${letter}.ours.org`)) expect(text).toContain(name);
  expect(publish(theirs)).toEqual([text, 6]);
  expect(publish(OURS)).toEqual([whole, 0]);
});

it('lets go what was renamed while something was held, once the cluster is whole again', () => {
  const publish = startProducer();
  publish(OURS);
  const renamed = ['a', 'b', 'c', 'd', 'e', 'x'];
  expect(publish(cluster('ours', ['a', 'x']))[1]).toBe(5);
  const [text, held] = publish(cluster('ours', renamed));
  expect([held, text.includes('f.ours.org'), text.includes('x.ours.org')]).toEqual([0, false, true]);
});

it('holds as much when others come', () => {
  const publish = startProducer();
  publish(OURS);
  expect(publish(cluster('ours', ['a', 'b']))[1]).toBe(4);
  expect(publish(cluster('ours', ['a', 'b', ...'ghijklmnopqrstuvwxyz']))[1]).toBe(4);
});

it('gives back the servers after the nodes of another cluster', () => {
  const publish = startProducer();
  const [whole] = publish(OURS);
  const strange = { ...OURS, nodes: cluster('theirs', []).nodes };
  const [text, held] = publish(strange);
  expect([held, text.includes('server ours-a'), text.includes('server theirs-a')]).toEqual([6, true, true]);
  expect(publish(OURS)).toEqual([whole, 0]);
});

it('holds the servers of a Service that came, or got another name, while something was held', () => {
  const publish = startProducer();
  publish(OURS);
  publish(cluster('ours', ['a', 'x']));
  const [text] = publish(cluster('ours', ['a', 'x'], ['a']));
  expect(publish(cluster('ours', ['a', 'x'], ['a']))).toEqual([text, 7]);
  expect(text.match(/server ours-d/g)).toHaveLength(7);
});

it('does not take what came of another cluster and went for a loss', () => {
  const publish = startProducer();
  publish(OURS);
  publish(cluster('theirs', ['k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's']));
  publish(OURS);
  expect(publish(cluster('ours', ['a', 'b', 'c', 'd', 'e']), 1_000)[1]).toBe(0);
});

/** A Service of another namespace that asks for the host name of one of ours. */
function taker(of: string): ServiceRecord {
  const annotations = new Map([['haproxy-kubefigurator.hostname', `${of}.ours.org`]]);
  return { ...service('evil', `takes-${of}`), annotations };
}

it('gives no host to another Service while most Nodes are missing from the list, and does so afterwards', () => {
  const publish = startProducer();
  publish(OURS);
  const { services } = cluster('ours', ['a', 'b', 'c', 'd', 'e']);
  const taking = { services: [...services, taker('f')], nodes: cluster('ours', [], ['a']).nodes };
  const [text, held] = publish(taking);
  expect([held, text.includes('takes-f'), text.includes('service: ours/f')]).toEqual([6, false, true]);
  expect(publish(taking)).toEqual([text, 6]);
  const [after, left] = publish({ ...taking, nodes: OURS.nodes });
  expect([left, after.includes('takes-f'), after.includes('service: ours/f')]).toEqual([0, true, false]);
});

it('gives nothing that is held to those who ask for it only then, however many ask', () => {
  const publish = startProducer();
  publish(OURS);
  const lacking = cluster('ours', ['a', 'b']);
  const [text] = publish(lacking);
  const asking = { ...lacking, services: [...lacking.services, ...[...'cdef'].map(taker)] };
  expect(publish(asking)).toEqual([text, 4]);
  expect(publish(asking, 1_000_000)).toEqual([text, 4]);
});

it('lets others remove while a namespace that removed most of what there was waits for an approval', () => {
  const publish = startProducer();
  const evil = cluster('evil', [...'abcdefgh']).services;
  publish({ ...OURS, services: [...OURS.services, ...evil] });
  expect(publish(OURS)[1]).toBe(8);
  const [text, held] = publish(cluster('ours', ['a', 'b', 'c', 'd', 'e']));
  expect([held, text.includes('h.evil.org'), text.includes('f.ours.org')]).toEqual([8, true, false]);
});
