/** One sentence of what a Service means, and what holds it. */
export interface Row {
  readonly says: string;
  /** Cases in libs/translator/golden, one blank apart. */
  readonly goldens?: string;
  /** `<file> › <title>`: a test whose title has these words in them. */
  readonly tests?: readonly string[];
  /** Why nothing holds it yet. */
  readonly missing?: string;
}

/** Files with tests that hold many sentences. */
export const HOSTS = 'test/contract/behaviour/hosts.test.ts';
export const CERTIFICATES = 'test/contract/behaviour/certificates.test.ts';
export const SERVERS = 'test/contract/behaviour/servers.test.ts';
export const BINDS = 'test/contract/behaviour/binds.test.ts';
export const PROPERTIES = 'libs/translator/src/property.test.ts';
