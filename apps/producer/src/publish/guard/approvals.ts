import { createHash } from 'node:crypto';
import { sourceKey } from '@kubefigurator/config-model';
import type { IsApproved, ServiceLoss } from './decide.ts';

/** What an operator has agreed to: by `<namespace>/<name>`, the digest of exactly what that Service loses. */
export interface Approval {
  readonly services: Readonly<Record<string, string>>;
}

/** A digest of what a Service loses: another loss of the same Service has another one. */
export function digestOfLoss({ hosts, servers }: ServiceLoss): string {
  const lines = [
    ...hosts.map(({ id }) => id),
    ...servers.map(({ source, names }) => `${sourceKey(source)} ${[...names].sort().join(' ')}`),
  ];
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16);
}

/** Checks losses against approvals; an approval counts only for what was held when it was given. */
export function createApprovalCheck(approvals: readonly Approval[]): IsApproved {
  if (approvals.length === 0) return () => false;
  return (loss) => {
    const digest = digestOfLoss(loss);
    return approvals.some(({ services }) => services[loss.service] === digest);
  };
}
