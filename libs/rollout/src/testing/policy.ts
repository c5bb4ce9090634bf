import type { Policy } from '../moment.ts';

/** How a simulated host is operated, unless a test says otherwise. */
export const POLICY: Policy = {
  file: '/etc/haproxy/dynamic.cfg',
  onDrift: 'repair',
  strict: false,
  method: 'reload',
  reloads: { burst: 3, intervalMs: 2_000 },
  jitterMs: 0,
};
