import { CONFIG_HEADER } from '@kubefigurator/config-model';
import type { GateSettings, Verdict } from '../gate.ts';
import { createGate } from '../gate.ts';

/** Settings of a gate for tests. */
export const settings: GateSettings = {
  allowSections: [],
  folders: { certificates: ['/etc/haproxy/ssl'], data: ['/etc/haproxy/data'] },
  maxLength: 1_000_000,
};

/** Judges a text with a new gate of these settings. */
export const gate = (text: string, own: GateSettings): Verdict => createGate(own)(text);

/** A text as the producer writes it, which every gate accepts. */
export const good = `${CONFIG_HEADER}

# service: shop/web port: http
frontend k8s-service_all_80_listen
  mode http
  bind *:80
  # service: shop/web port: http
  use_backend web if { var(txn.host) -m str web.example.com }

# service: shop/web port: http
backend web
  mode http
  server a 10.0.0.1:30080 check
`;
