import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecked } from '../support/sandbox/processes.ts';
import { bundlePath, repositoryRoot } from '../support/sandbox/programs.ts';
import type { Report, Row } from '../support/measuring/report.ts';

/** Bounds for `view --from`; times are without the program's start-up. */
const BOUNDS = { thousandMs: 250, fiveThousandMs: 1200, megabytes: 400, ratio: 6 };
const NODES = 50;
/** The shortest time of these runs counts, because other load on the machine only adds time, and the most memory. */
const RUNS = 9;

interface Times {
  /** Milliseconds from the start of the program to its end. */
  readonly ms: number;
  readonly megabytes: number;
}

/** Measures time and memory of `view --from` for large folders of manifests. */
export async function benchView(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'kf-bench-view-'));
  try {
    const sizes = { one: 1, thousand: 1000, fiveThousand: 5000 };
    for (const [name, services] of Object.entries(sizes)) writeManifests(join(folder, name), services);
    const best = new Map<string, Times>();
    for (let run = 0; run < RUNS; run += 1) {
      for (const name of Object.keys(sizes)) best.set(name, better(best.get(name), await view(folder, name)));
    }
    const times = (name: keyof typeof sizes): Times =>
      best.get(name) ?? { ms: Infinity, megabytes: Infinity };
    const rows = rowsOf(times('one'), times('thousand'), times('fiveThousand'));
    return {
      heading: `view: manifests × ${String(NODES)} nodes to text, best of ${String(RUNS)} runs`,
      rows,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function better(a: Times | undefined, b: Times): Times {
  return a === undefined ? b : { ms: Math.min(a.ms, b.ms), megabytes: Math.max(a.megabytes, b.megabytes) };
}

function rowsOf(one: Times, thousand: Times, fiveThousand: Times): Row[] {
  const over = (times: Times): number => times.ms - one.ms;
  const row = (what: string, value: number, bound: number, unit: string): Row => ({
    what: `view --from, ${what}`,
    measured: `${value.toFixed(unit === '×' ? 1 : 0)} ${unit}`,
    bound: `under ${String(bound)} ${unit}`,
    holds: value < bound,
  });
  const startUp = `over its start-up of ${one.ms.toFixed(0)} ms`;
  return [
    row(`1,000 × ${String(NODES)}, ${startUp}`, over(thousand), BOUNDS.thousandMs, 'ms'),
    row(`5,000 × ${String(NODES)}, the same`, over(fiveThousand), BOUNDS.fiveThousandMs, 'ms'),
    row(`5,000 × ${String(NODES)}, memory`, fiveThousand.megabytes, BOUNDS.megabytes, 'MB'),
    row('5,000 against 1,000', over(fiveThousand) / over(thousand), BOUNDS.ratio, '×'),
  ];
}

async function view(folder: string, name: string): Promise<Times> {
  const [peakFile, output] = [join(folder, 'peak'), join(folder, 'output')];
  const command = [process.execPath, bundlePath('producer'), 'view', `--from=${join(folder, name)}`];
  const started = performance.now();
  // The output goes to a file, because with a pipe this process's reading would be measured too.
  await runChecked(['sh', '-c', 'exec "$@" > "$OUTPUT"', 'sh', ...command], {
    env: {
      NODE_OPTIONS: `--import=${join(repositoryRoot, 'test/bench/peak-memory.mjs')}`,
      KUBEFIGURATOR_PEAK_FILE: peakFile,
      OUTPUT: output,
    },
  });
  const ms = performance.now() - started;
  if (!readFileSync(output, 'utf8').includes('\nbackend ')) throw new Error(`view shows nothing of ${name}`);
  return { ms, megabytes: Number(readFileSync(peakFile, 'utf8')) / 1024 };
}

/** Writes manifests like those of `kubectl get -o yaml`, without fields that don't matter. */
function writeManifests(folder: string, services: number): void {
  mkdirSync(folder);
  writeFileSync(join(folder, 'services.yaml'), Array.from({ length: services }, toService).join('---\n'));
  writeFileSync(join(folder, 'nodes.yaml'), Array.from({ length: NODES }, toNode).join('---\n'));
}

function toService(_: unknown, index: number): string {
  const name = `service-${String(index)}`;
  return `apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: team-${String(index % 20)}
  creationTimestamp: "2024-05-01T00:00:00Z"
  resourceVersion: "${String(index)}"
  labels:
    app: ${name}
    haproxy-kubefigurator.enabled: "yes"
  annotations:
    haproxy-kubefigurator.http.hostname: ${name}.example.com
    haproxy-kubefigurator.http.ssl-certificate: wildcard.pem
spec:
  type: NodePort
  ipFamilies:
    - IPv4
  selector:
    app: ${name}
  ports:
    - name: http
      port: 80
      targetPort: 8080
      protocol: TCP
      nodePort: ${String(30_000 + (index % 2768))}
`;
}

function toNode(_: unknown, index: number): string {
  const name = `worker-${String(index)}`;
  return `apiVersion: v1
kind: Node
metadata:
  name: ${name}
  labels:
    kubernetes.io/hostname: ${name}
status:
  addresses:
    - type: InternalIP
      address: 10.1.0.${String(index + 1)}
    - type: Hostname
      address: ${name}
`;
}
