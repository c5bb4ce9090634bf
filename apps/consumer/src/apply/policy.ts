import type { Policy } from '@kubefigurator/rollout';
import { UNLIMITED } from '@kubefigurator/rollout';
import type { Host } from '../host/host.ts';

/**
 * The policy of a single pass that a person asked for: there is no reload budget; the text of etcd replaces an edited
 * file, and without a text the file is left alone.
 */
export function oneShotPolicy({ live, strict, way, reloadJitterMs }: Host): Policy {
  return {
    file: live.path,
    onDrift: 'ignore',
    strict,
    method: way.method,
    reloads: UNLIMITED,
    jitterMs: reloadJitterMs,
  };
}
