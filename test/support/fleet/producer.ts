import type { RunningProcess } from '../sandbox/processes.ts';
import { startProcess } from '../sandbox/processes.ts';
import { bundlePath } from '../sandbox/programs.ts';

export interface ProducerSpec {
  readonly etcdUrl: string;
  readonly certificateDir: string;
  readonly logs: string;
  /** Where Services and Nodes come from. */
  readonly source: { readonly from: string } | { readonly kubeconfig: string };
  readonly flags?: readonly string[];
}

/** Flags that point a producer's command at a fleet; `view` has nothing to do with etcd. */
export function producerFlags(command: string, spec: Omit<ProducerSpec, 'logs'>): string[] {
  const source =
    'from' in spec.source ? `--from=${spec.source.from}` : `--kubeconfig=${spec.source.kubeconfig}`;
  return [
    ...(command === 'view' ? [] : [`--etcd-host=${spec.etcdUrl}`]),
    `--certificate-dir=${spec.certificateDir}`,
    source,
    '--log-format=json',
    ...(spec.flags ?? []),
  ];
}

/** Starts the built producer's `watch` on the bridge. */
export function startProducer(spec: ProducerSpec): RunningProcess {
  return startProcess({
    name: 'producer',
    command: [
      process.execPath,
      bundlePath('producer'),
      'watch',
      ...producerFlags('watch', spec),
      '--metrics-address=127.0.0.1:9640',
    ],
    logs: spec.logs,
  });
}
