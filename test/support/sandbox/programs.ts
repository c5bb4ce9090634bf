import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const VARIABLES = {
  haproxy: 'KUBEFIGURATOR_HAPROXY',
  etcd: 'KUBEFIGURATOR_ETCD',
  etcdctl: 'KUBEFIGURATOR_ETCDCTL',
  ip: 'KUBEFIGURATOR_IP',
  openssl: 'KUBEFIGURATOR_OPENSSL',
  strace: 'KUBEFIGURATOR_STRACE',
  promtool: 'KUBEFIGURATOR_PROMTOOL',
  prometheus: 'KUBEFIGURATOR_PROMETHEUS',
  kubeApiServer: 'KUBEFIGURATOR_KUBE_APISERVER',
} as const;

/** Path of a real program that test/support/start.mjs found; if there is none, the error says how to get it. */
export function programPath(name: keyof typeof VARIABLES): string {
  const path = process.env[VARIABLES[name]];
  if (path !== undefined && path !== '') return path;
  throw new Error(
    `$${VARIABLES[name]} isn't set: run this through "npm test -- <file>", which finds or fetches the real programs`,
  );
}

/** The paths of all HAProxy versions that the harness has, the system's own first; never empty. */
export function haproxyPaths(): readonly [string, ...string[]] {
  const own = programPath('haproxy');
  const [first = own, ...others] = (process.env['KUBEFIGURATOR_HAPROXIES'] ?? '').split(',').filter(Boolean);
  return [first, ...others];
}

/** The path of a built program in dist; throws if it isn't built. */
export function bundlePath(app: 'producer' | 'consumer'): string {
  const path = join(repositoryRoot, 'dist', `kubefigurator-${app}.cjs`);
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`);
  return path;
}

/** The folder that is removed with the sandbox; throws outside of a sandbox. */
export function scratchFolder(): string {
  const folder = process.env['KUBEFIGURATOR_SCRATCH'];
  if (folder !== undefined && process.env['KUBEFIGURATOR_SANDBOX_PID'] !== undefined) return folder;
  throw new Error(
    'this needs the sandbox: run it through "npm test -- <file>" or "node test/support/start.mjs sandbox …"',
  );
}
