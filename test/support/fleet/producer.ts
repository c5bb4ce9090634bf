import type { RunningProcess } from '../sandbox/processes.ts';
import { startProcess } from '../sandbox/processes.ts';
import { bundlePath } from '../sandbox/programs.ts';

export interface ProducerSpec {
  readonly etcdUrl: string;
  readonly certificateDir: string;
  readonly logs: string;
  /** The source of Services and Nodes. */
  readonly source: { readonly from: string } | { readonly kubeconfig: string };
  readonly flags?: readonly string[];
}

/** Flags that point a producer's command at a fleet. `view` reads etcd, too: the text depends on the standing one. */
export function producerFlags(spec: Omit<ProducerSpec, 'logs'>): string[] {
  const source =
    'from' in spec.source ? `--from=${spec.source.from}` : `--kubeconfig=${spec.source.kubeconfig}`;
  // Manifests don't say of which cluster they are, and a publication needs its name.
  const isNamed = spec.flags?.some((flag) => flag.startsWith('--cluster')) === true;
  const cluster = 'from' in spec.source && !isNamed ? ['--cluster=fleet'] : [];
  return [
    ...cluster,
    `--etcd-host=${spec.etcdUrl}`,
    `--certificate-dir=${spec.certificateDir}`,
    source,
    '--log-format=json',
    ...(spec.flags ?? []),
  ];
}

/** Starts `watch` of the built producer on the bridge. */
export function startProducer(spec: ProducerSpec): RunningProcess {
  return startProcess({
    name: 'producer',
    command: [
      process.execPath,
      bundlePath('producer'),
      'watch',
      ...producerFlags(spec),
      '--metrics-address=127.0.0.1:9640',
    ],
    logs: spec.logs,
  });
}
