import { createGate } from '@kubefigurator/haproxy-config';

/** The gate of a simulated host. */
export const gate = createGate({
  allowSections: [],
  folders: { certificates: ['/ssl'], data: [] },
  maxLength: 1_000_000,
});
