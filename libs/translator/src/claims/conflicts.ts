import { formatAddressPort, formatSource } from '@kubefigurator/config-model';
import type { Complaint } from '../diagnostics/diagnostics.ts';
import type { Intent } from '../intent/intent.ts';
import { folderOf } from '../options/values/certificate-file.ts';

/** A bind while claims on it are compared. */
export interface ContestedBind {
  readonly address: string;
  readonly port: number;
  readonly oldest: Intent;
  readonly holders: Intent[];
  /** The intent that has a host, by what the host matches. */
  readonly hosts: Map<string, Intent>;
  catchAll: Intent | undefined;
  readonly certificates: Set<string>;
  readonly folders: Set<string>;
}

/** HAProxy reads 64 words on a line: this many `crt` words fit beside the others, for files or, if there are more, for folders. */
export const MOST_CERTIFICATES = 28;

/** Why an intent can't share a bind; undefined if it can. */
export function findConflict(bind: ContestedBind, intent: Intent): Complaint | undefined {
  const { oldest } = bind;
  const at = formatAddressPort(bind.address, bind.port);
  if (oldest.mode !== intent.mode) {
    return {
      code: 'conflict-mode',
      message: `${at} is ${oldest.mode} for ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip, or haproxy-mode ${oldest.mode}`,
    };
  }
  if ((oldest.tls === undefined) !== (intent.tls === undefined)) {
    const state = oldest.tls === undefined ? 'plain' : 'TLS';
    return {
      code: 'conflict-tls',
      message: `${at} is ${state} for ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip, or use-ssl "${String(state === 'TLS')}"`,
    };
  }
  if (intent.mode === 'tcp') {
    return {
      code: 'conflict-port',
      message: `${at} belongs to ${formatSource(oldest.source)}, which was first: choose another listen-port or listen-ip`,
    };
  }
  return findHostConflict(bind, intent, at) ?? findFolderConflict(bind, intent, at);
}

function findHostConflict(bind: ContestedBind, intent: Intent, at: string): Complaint | undefined {
  if (intent.hosts.length === 0 && bind.catchAll !== undefined) {
    return {
      code: 'conflict-default',
      message: `on ${at}, ${formatSource(bind.catchAll.source)} takes every request without a host of its own, and was first: set hostname`,
    };
  }
  const taken = intent.hosts.find(({ name }) => bind.hosts.has(name));
  const holder = taken && bind.hosts.get(taken.name);
  if (taken === undefined || holder === undefined) return undefined;
  const host = taken.match === 'wildcard' ? `*${taken.name}` : taken.name;
  return {
    code: 'conflict-host',
    message: `on ${at}, ${host} belongs to ${formatSource(holder.source)}, which was first: take it out of hostname, or choose another listen-port or listen-ip`,
  };
}

function findFolderConflict(bind: ContestedBind, intent: Intent, at: string): Complaint | undefined {
  if (intent.tls === undefined || bind.certificates.size < MOST_CERTIFICATES) return undefined;
  const folder = folderOf(`/${intent.tls.certificate}`);
  if (bind.certificates.has(intent.tls.certificate) || bind.folders.has(folder)) return undefined;
  if (bind.folders.size < MOST_CERTIFICATES) return undefined;
  return {
    code: 'too-many-certificates',
    message: `the certificates of ${at} lie in ${MOST_CERTIFICATES} folders already: put this one into one of them`,
  };
}
