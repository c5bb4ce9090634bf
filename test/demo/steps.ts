import type { Cluster } from '../support/kube/cluster.ts';
import type { Fleet } from '../support/fleet/fleet.ts';
import type { Manifest } from '../support/kube/manifests.ts';
import { nodeManifest, serviceManifest } from '../support/kube/manifests.ts';
import type { Expectation } from './expectations.ts';
import { gone, served, servedTcp } from './expectations.ts';
import { explanationOf, statusOf, untilHeld } from './views.ts';
import type { Step } from './tour.ts';

const TWO_NODES = ['worker-a', 'worker-b'];
const PLAIN = { 'listen-port': '80', 'use-ssl': 'false' };

const blog = (hostname: string): Manifest =>
  serviceManifest({ name: 'blog', nodePort: 30090, options: { ...PLAIN, hostname } });
const docs = serviceManifest({
  name: 'docs',
  nodePort: 30091,
  options: { ...PLAIN, hostname: 'docs.example.com' },
});
const broken = serviceManifest({
  name: 'broken',
  nodePort: 30092,
  options: { ...PLAIN, hostname: 'broken.example.com', 'listen-port': 'eighty' },
});

/** The node ports of every Service in the tour. */
export const TOUR_NODE_PORTS = [30080, 30081, 30090, 30091, 30092, 30432, 30443];
/** The value of `--cluster`. */
export const TOUR_CLUSTER = 'nyc1';

/** The expectations for the Services in examples/. */
export function exampleExpectations(ca: string): Expectation[] {
  return [
    served({ url: 'http://shop.example.com', nodePort: 30080, nodes: TWO_NODES }),
    served({ url: 'https://nyc1-dashboard.example.com', nodePort: 30443, nodes: TWO_NODES, ca }),
    served({ url: 'https://v1.api.example.com', nodePort: 30081, nodes: TWO_NODES, ca }),
    servedTcp(5432, { nodePort: 30432, nodes: TWO_NODES }),
  ];
}

/** The steps of the tour, in order. */
export function createSteps(fleet: Fleet, cluster: Cluster, examples: readonly Manifest[]): Step[] {
  const blogAt = (hostname: string, nodes = TWO_NODES): Expectation =>
    served({ url: `http://${hostname}`, nodePort: 30090, nodes });
  const all = [...examples.filter(({ kind }) => kind === 'Service'), docs, broken];
  const still = [
    served({ url: 'http://docs.example.com', nodePort: 30091, nodes: [...TWO_NODES, 'worker-c'] }),
    served({ url: 'http://shop.example.com', nodePort: 30080, nodes: TWO_NODES }),
  ];
  return [
    {
      title: 'examples/ are served',
      change: async () => {
        for (const manifest of examples) await cluster.apply(manifest);
      },
      expected: exampleExpectations(fleet.authority.ca),
    },
    {
      title: 'Service blog added',
      change: () => cluster.apply(blog('blog.example.com')),
      expected: [blogAt('blog.example.com')],
    },
    {
      title: 'Service blog changed: another host name',
      change: () => cluster.apply(blog('news.example.com')),
      expected: [blogAt('news.example.com'), gone('http://blog.example.com')],
    },
    {
      title: 'Node worker-c added',
      change: async () => cluster.apply(nodeManifest(await fleet.nodes.add('worker-c'))),
      expected: [blogAt('news.example.com', ['worker-c'])],
    },
    {
      title: 'A broken annotation beside a good Service',
      change: async () => {
        await cluster.apply(broken);
        await cluster.apply(docs);
      },
      expected: [
        served({ url: 'http://docs.example.com', nodePort: 30091, nodes: [...TWO_NODES, 'worker-c'] }),
        gone('http://broken.example.com'),
      ],
      remarks: () => explanationOf(fleet, { cluster, name: TOUR_CLUSTER, service: 'default/broken' }),
    },
    {
      title: 'Service blog deleted',
      change: () => cluster.delete(blog('news.example.com')),
      expected: [
        gone('http://news.example.com'),
        served({ url: 'http://docs.example.com', nodePort: 30091, nodes: [...TWO_NODES, 'worker-c'] }),
      ],
    },
    {
      title: 'Every Service is gone from the source at once: a guard holds it',
      change: async () => {
        await Promise.all(all.map((manifest) => cluster.delete(manifest)));
        await untilHeld(fleet, true);
      },
      expected: still,
      remarks: () => statusOf(fleet),
    },
    {
      title: 'The source is back',
      change: async () => {
        await Promise.all(all.map((manifest) => cluster.apply(manifest)));
        await untilHeld(fleet, false);
      },
      expected: still,
      remarks: () => statusOf(fleet),
    },
  ];
}
