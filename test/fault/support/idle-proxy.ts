import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Fleet } from '../../support/fleet/fleet.ts';
import { eachHaproxy, serve, type ServingHaproxy } from '../../support/haproxy/haproxy.ts';
import type { ApiServer } from '../../support/kube/kube.ts';
import { BRIDGE_ADDRESS } from '../../support/sandbox/network.ts';

/** The ways in which HAProxy, or the server behind it, ends a watch that is idle for 2 seconds, each on a port of its own. */
export const IDLE_PORTS = {
  /** Closes the connection (FIN). */
  tcp: 7443,
  /** Resets the connection (RST). */
  reset: 7444,
  /** Terminates TLS and closes the connection in the middle of the body. */
  http: 7445,
  /** Shortens `timeoutSeconds`, so that the API server itself ends the watch in order. */
  limit: 7446,
} as const;

/** Starts an HAProxy before the API server, with the timeouts of kubeadm's example, but shorter. */
export async function startIdleProxy(fleet: Fleet, server: ApiServer): Promise<ServingHaproxy> {
  const folder = join(fleet.folder, 'idle-proxy');
  mkdirSync(folder);
  const { cert, key } = await fleet.authority.issue([BRIDGE_ADDRESS]);
  const certificate = join(folder, 'proxy.pem');
  writeFileSync(certificate, cert + key, { mode: 0o600 });
  const target = new URL(server.url).host;
  const [[, haproxy] = []] = eachHaproxy();
  if (haproxy === undefined) throw new Error('the harness has no HAProxy');
  const tls = `ssl verify required ca-file ${fleet.authority.caFile}`;
  return serve(
    haproxy,
    folder,
    `defaults tcp
  mode tcp
  timeout connect 5s
  timeout client 2s
  timeout server 2s
listen tcp from tcp
  bind ${BRIDGE_ADDRESS}:${String(IDLE_PORTS.tcp)}
  server api ${target}
listen reset from tcp
  bind ${BRIDGE_ADDRESS}:${String(IDLE_PORTS.reset)}
  option nolinger
  server api ${target}
defaults http
  mode http
  timeout connect 5s
  timeout client 2s
  timeout server 2s
listen http from http
  bind ${BRIDGE_ADDRESS}:${String(IDLE_PORTS.http)} ssl crt ${certificate}
  server api ${target} ${tls}
listen limit from http
  bind ${BRIDGE_ADDRESS}:${String(IDLE_PORTS.limit)} ssl crt ${certificate}
  timeout client 60s
  timeout server 60s
  http-request set-query %[query,regsub(timeoutSeconds=290,timeoutSeconds=2)]
  server api ${target} ${tls}
`,
  );
}
