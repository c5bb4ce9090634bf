import { describe, expect, it } from 'vitest';
import type { Intent } from '../intent/intent.ts';
import { WELL_KNOWN_PORTS } from '../snapshot/host-ports.ts';
import type { PermitOptions } from './well-known-ports.ts';
import { permitWellKnownPorts } from './well-known-ports.ts';

/** Only what the stage reads. */
const intent = (port: number): Intent =>
  ({ source: { namespace: 'shop', service: 'web', port: 'http' }, bind: { port } }) as unknown as Intent;

function permitted(
  port: number,
  {
    isOnPort = false,
    ...settings
  }: Partial<PermitOptions['settings']> & { readonly isOnPort?: boolean } = {},
): { readonly isServed: boolean; readonly codes: readonly string[] } {
  const { intents, diagnostics } = permitWellKnownPorts([intent(port)], {
    settings: { wellKnownPorts: true, listenPorts: [], ...settings },
    isOnPort: () => isOnPort,
  });
  return { isServed: intents.length === 1, codes: diagnostics.map(({ code }) => code) };
}

describe('ports of other programs on the hosts', () => {
  it.each([111, 179, 2381, 4240, 8404, 9099, 10_254])('%i is one of them', (port) => {
    expect(WELL_KNOWN_PORTS.has(port)).toBe(true);
  });

  it.each([...WELL_KNOWN_PORTS.keys()])('%i is kept for them, unless a Service has it already', (port) => {
    expect(permitted(port)).toEqual({ isServed: false, codes: ['reserved-port'] });
    expect(permitted(port, { isOnPort: true })).toEqual({ isServed: true, codes: ['well-known-port'] });
  });

  it.each([25, 53, 80, 443, 389, 8080, 9000, 10_251, 30_000, 30_080, 32_767])('%i is free', (port) => {
    expect(permitted(port)).toEqual({ isServed: true, codes: [] });
  });

  it('are free if the operator says so, for all or for one', () => {
    const served = { isServed: true, codes: [] };
    expect(permitted(6443, { wellKnownPorts: false })).toEqual(served);
    expect(permitted(6443, { listenPorts: [{ from: 6000, to: 7000 }] })).toEqual(served);
    expect(permitted(9100, { listenPorts: [{ from: 6000, to: 7000 }] }).isServed).toBe(false);
  });
});
